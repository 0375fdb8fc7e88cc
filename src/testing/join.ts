/** Two sockets with a bad network between them. */
import type { Dialer, EndpointOptions, Listener, Socket } from 'hubless'
import type { Faults } from './faults.ts'
import { Link } from './link.ts'

/** Two sockets that have each other, and what is between them. */
export interface Joined extends AsyncDisposable {
  /** The network between them. */
  readonly link: Link
  /** The end that was bound. */
  readonly listener: Listener
  /** The end that was connected, to the link. */
  readonly dialer: Dialer
  /** Closes both sockets at once, then the link. */
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * Binds `a` to a free port of loopback and connects `b` to it over a link; resolves when both have the other as a peer.
 * With fake timers and a latency, advance them while it waits.
 *
 * @param a the socket that binds
 * @param b the socket that connects
 * @param faults what the link does to bytes from the start; see `Faults`
 * @param options `endpoint`: options for both endpoints; `random`: see `Link.to`
 * @throws SpError `EINVAL` for faults or options out of range, `ETIMEDOUT` after 5 s for sockets that do not take each other;
 * then nothing is bound and nothing connects any more
 */
export async function join(
  a: Socket,
  b: Socket,
  faults: Faults = {},
  { endpoint, random }: { readonly endpoint?: EndpointOptions; readonly random?: () => number } = {}
): Promise<Joined> {
  const others = a.peers.length
  const listener = await a.bind('tcp://127.0.0.1:0', endpoint)
  let link: Link | undefined
  let dialer: Dialer | undefined
  try {
    link = await Link.to(listener, faults, random === undefined ? {} : { random })
    dialer = b.connect(link.url, endpoint)
    await Promise.all([dialer.whenConnected({ timeout }), a.waitForPeers(others + 1, { timeout })])
    return joined(a, b, link, listener, dialer)
  } catch (error) {
    await Promise.all([listener.close(), dialer?.close(), link?.close()])
    throw error
  }
}

function joined(a: Socket, b: Socket, link: Link, listener: Listener, dialer: Dialer): Joined {
  return {
    link,
    listener,
    dialer,
    async [Symbol.asyncDispose]() {
      await Promise.all([a.close({ linger: 0 }), b.close({ linger: 0 })])
      await link.close()
    }
  }
}

const timeout = 5000
