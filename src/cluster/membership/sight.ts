/**
 * Addresses as a hub hands them on. `*` becomes the address from which the member is connected to the hub. A member on the
 * hub's own host is connected by loopback, which is of no use elsewhere: there others get the address by which they reach
 * the hub themselves. A loopback address is told to nobody on another host.
 */

import { isLoopback } from '../engine/addresses.ts'
import type { Caller } from '../engine/caller.ts'
import type { Sighting } from './membership.ts'

/** What `guest` is told of a member; `undefined` when it cannot be reached from there. */
export function seenFrom(
  { guest: member, sighting }: { readonly guest: Caller; readonly sighting: Sighting },
  guest: Caller
): Sighting | undefined {
  const urls: string[] = []
  const near = hostOf(guest.pipe.info.remote)
  const nearby = near === undefined || isLoopback(near)
  for (const url of sighting.urls) {
    const match = /^([a-z+]+:\/\/)(.*)(:\d+(?:\/.*)?)$/.exec(url)
    if (match === null) {
      if (nearby) urls.push(url)
      continue
    }
    const [, scheme, host, rest] = match as unknown as [string, string, string, string]
    const at = host === '*' ? from(member, guest) : host
    if (at === undefined || (isLoopback(unbracket(at)) && !nearby)) continue
    urls.push(`${scheme}${at.includes(':') && !at.startsWith('[') ? `[${at}]` : at}${rest}`)
  }
  return urls.length === 0 ? undefined : { ...sighting, urls }
}

function from(member: Caller, guest: Caller): string | undefined {
  const remote = hostOf(member.pipe.info.remote)
  if (remote === undefined) return '127.0.0.1'
  if (!isLoopback(remote)) return remote
  const local = hostOf(guest.pipe.info.local)
  return local === undefined || isLoopback(hostOf(guest.pipe.info.remote) ?? '127.0.0.1') ? '127.0.0.1' : local
}

/** The host of `tcp://host:port`, without brackets; `undefined` for what has none. */
function hostOf(url: string): string | undefined {
  const host = /:\/\/(.*):\d+$/.exec(url)?.[1]
  return host === undefined ? undefined : unbracket(host).replace(/^::ffff:(?=\d+\.)/, '')
}

function unbracket(host: string): string {
  return host.replace(/^\[(.*)\]$/, '$1')
}
