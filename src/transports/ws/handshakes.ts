/** The connections of an HTTP server that have not asked for anything yet: each may take `handshakeTimeout`. */
import type { Socket } from 'node:net'
import { Refusal } from '../../core/transport.ts'
import { startTimer, type Timer } from '../../core/waiting.ts'
import { describeTcp } from '../tcp/stream.ts'
import { connectionKey } from '../tls/server.ts'

interface Pending {
  readonly stream: Socket
  readonly address: string
  readonly timer: Timer
  /** TLS is done, or there is none. */
  secured: boolean
}

export class Handshakes {
  readonly #scheme: string
  readonly #timeout: number
  readonly #refuse: (refusal: Refusal) => void
  /** By address, since the TLS stream and the TCP stream of a connection share nothing else. */
  readonly #pending: Map<string, Pending> = new Map()

  constructor(scheme: string, timeout: number, refuse: (refusal: Refusal) => void) {
    this.#scheme = scheme
    this.#timeout = timeout
    this.#refuse = refuse
  }

  begin(stream: Socket): void {
    const key = connectionKey(stream)
    const address = describeTcp(this.#scheme, stream).remote
    const late = (): void => {
      this.finish(key)
      stream.destroy()
      this.#refuse(new Refusal('handshake-timeout', `no WebSocket upgrade within ${this.#timeout} ms`, address))
    }
    const timer = startTimer(late, this.#timeout)
    const pending = { stream, address, timer, secured: this.#scheme !== 'wss' }
    this.#pending.set(key, pending)
    stream.once('close', () => {
      if (this.#pending.get(key) !== pending) return
      this.finish(key)
      const before = pending.secured ? 'before its upgrade request' : 'during the TLS handshake'
      const message = `the peer closed the connection ${before}`
      this.#refuse(new Refusal(pending.secured ? 'closed' : 'tls', message, address))
    })
  }

  /** The TLS handshake is done. */
  secure(key: string): void {
    const pending = this.#pending.get(key)
    if (pending !== undefined) pending.secured = true
  }

  /** It asked, or failed: its time is not counted any more. */
  finish(key: string): Pending | undefined {
    const pending = this.#pending.get(key)
    this.#pending.delete(key)
    clearTimeout(pending?.timer)
    return pending
  }

  /** Forgets all, and returns the connections to be closed. */
  stop(): Set<Socket> {
    const streams = new Set([...this.#pending.values()].map(({ stream }) => stream))
    for (const key of [...this.#pending.keys()]) this.finish(key)
    return streams
  }
}
