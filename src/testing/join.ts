/** Two sockets with a bad network between them. */
import type { Dialer, EndpointOptions, Listener, Socket } from 'hubless'
import type { Faults } from './faults.ts'
import { Link } from './link.ts'

export interface Joined extends AsyncDisposable {
  readonly link: Link
  readonly listener: Listener
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
 * @throws SpError `EINVAL` for faults or options out of range, `EPROTONOSUPPORT` or `ETIMEDOUT` (after 5 s) for sockets that
 * do not take each other
 */
export async function join(
  a: Socket,
  b: Socket,
  faults: Faults = {},
  { endpoint, random }: { readonly endpoint?: EndpointOptions; readonly random?: () => number } = {}
): Promise<Joined> {
  const listener = await a.bind('tcp://127.0.0.1:0', endpoint)
  const link = await Link.to(listener, faults, random === undefined ? {} : { random })
  const dialer = b.connect(link.url, endpoint)
  await Promise.all([dialer.whenConnected({ timeout }), a.waitForPeers(1, { timeout })])
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
