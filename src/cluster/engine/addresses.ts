/** Where an instance listens, and what it tells others of it. */
import { join } from 'node:path'
import type { MembershipFactory } from '../membership/membership.ts'

/** By default: a socket file with providers of this host, any port of all interfaces with others. */
export function bindUrls(providers: readonly MembershipFactory[], network: string, id: string): string[] {
  const urls: string[] = []
  const onHost = providers.find(({ reach }) => reach === 'ipc')
  if (onHost?.directory !== undefined) urls.push(`ipc://${join(onHost.directory(network), `${id.slice(0, 16)}.sock`)}`)
  if (providers.some(({ reach }) => reach === 'tcp')) urls.push('tcp://*:0')
  return urls
}

const parts = /^([a-z+]+):\/\/(.*):(\d+)(\/.*)?$/

/** `*` as host where all interfaces were bound; a provider puts the address there by which it sees this instance. */
export function announcedUrls(
  bound: readonly string[] | undefined,
  urls: readonly string[],
  reach: 'ipc' | 'tcp',
  host: string | undefined
): string[] {
  const announced: string[] = []
  for (const [index, url] of urls.entries()) {
    const match = parts.exec(url)
    if (url.startsWith('ipc:') || url.startsWith('inproc:')) {
      if (reach === 'ipc' || bound !== undefined) announced.push(url)
      continue
    }
    if (match === null) continue
    const [, scheme, , port, path = ''] = match as unknown as [string, string, string, string, string | undefined]
    const asked = bound?.[index]
    const everywhere = bound === undefined || (asked !== undefined && /:\/\/(\*|0\.0\.0\.0|\[?::\]?):/.test(asked))
    const at = host ?? (everywhere ? (reach === 'ipc' ? '127.0.0.1' : '*') : undefined)
    announced.push(at === undefined ? url : `${scheme}://${at.includes(':') ? `[${at}]` : at}:${port}${path}`)
  }
  return announced
}

const onThisHost = /^(ipc|inproc|thread):|:\/\/(127\.|\[?::1\]?:|localhost:)/

/** Whether others than the processes of this host can connect without a key or certificate. */
export function isExposed(url: string): boolean {
  return !onThisHost.test(url) && !/^(tls\+tcp|wss):/.test(url)
}

export function isLoopback(address: string): boolean {
  return /^(127\.|::1$|::ffff:127\.|localhost$)/.test(address)
}
