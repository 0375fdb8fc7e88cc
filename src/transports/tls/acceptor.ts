/**
 * The listening side of TLS: turns accepted streams into encrypted ones, for `tls+tcp://` and `wss://`. The server of
 * `node:tls` does the work and never listens; each stream is handed to a view of it that hears of this stream alone, so
 * that nobody has to find out by addresses which handshake an event is about. Bun tells its server alone, views hear nothing
 * there; but its `TLSSocket` judges certificates without a server, which that of Node does not.
 */
import { createServer, type Server, TLSSocket, type TlsOptions } from 'node:tls'
import type { ResolvedEndpointOptions } from '../../core/options.ts'
import type { TlsSettings } from '../../core/platform.ts'
import { Refusal } from '../../core/transport.ts'
import type { Handshake, Phase } from '../stream/handshakes.ts'
import { explain } from './explain.ts'
import { guarded } from './guard.ts'
import { contextOf, currentSettings, oldestVersion } from './settings.ts'

const phase: Phase = {
  what: 'TLS handshake',
  broken: 'the peer closed the connection during the TLS handshake',
  reason: 'tls'
}

export class TlsAcceptor {
  readonly #option: ResolvedEndpointOptions['tls']
  readonly #failed: (error: unknown) => void
  readonly #server: Server
  /** Whether clients must have a certificate is fixed from the start; node:tls lets them in, so that we can say why not. */
  readonly #demanding: boolean
  #settings: TlsSettings

  /** `failed` hears when a function that returns the settings throws, or returns what does not work. */
  constructor(option: ResolvedEndpointOptions['tls'], failed: (error: unknown) => void) {
    this.#option = option
    this.#failed = failed
    this.#settings = currentSettings(option)
    const { requestCert, rejectUnauthorized } = this.#settings
    this.#demanding = requestCert === true && rejectUnauthorized !== false
    this.#server = createServer({ handshakeTimeout: 0, ...this.#usable(this.#settings), rejectUnauthorized: false })
  }

  /** Shakes hands on the stream of `handshake`; `done` comes when that went well, the refusal of the handshake when not. */
  secure(handshake: Handshake, done: (stream: TLSSocket) => void): void {
    const raw = handshake.stream
    const fail = (message: string, cause?: Error): void => {
      if (handshake.finish()) handshake.refuse(new Refusal('tls', message, handshake.address, cause))
    }
    const ended = (stream: TLSSocket, error?: Error): void => {
      const objection = error === undefined ? this.#objection(stream) : explain(error)
      if (objection === undefined && handshake.leave()) {
        handshake.stream = stream
        done(stream)
        return
      }
      stream.on('error', () => {})
      stream.destroy()
      if (objection !== undefined) fail(objection, error)
    }
    handshake.enter(phase)
    raw.on('error', () => {})
    if (raw.destroyed) return
    this.#follow()
    if (process.versions.bun !== undefined) {
      const alone = new TLSSocket(raw, { ...this.#usable(this.#settings), isServer: true, rejectUnauthorized: false })
      const leave = (): void => void alone.off('secure', onSecure).off('error', onEnd).off('close', onEnd)
      const onSecure = (): void => {
        leave()
        ended(alone)
      }
      const onEnd = (error: unknown): void => {
        leave()
        ended(alone, error instanceof Error ? error : new Error(phase.broken))
      }
      alone.once('secure', onSecure).once('error', onEnd).once('close', onEnd)
      return
    }
    const server = this.#server
    const emit = (event: string, ...args: unknown[]): boolean => {
      if (event === 'secureConnection') ended(args[0] as TLSSocket)
      else if (event === 'tlsClientError') ended(args[1] as TLSSocket, args[0] as Error)
      else return Reflect.apply(server.emit, view, [event, ...args]) as boolean
      return true
    }
    const view: Server = Object.create(server, { emit: { value: emit } })
    emit('connection', raw)
  }

  /** Takes another certificate where the option gives one; after a mistake the last good one stays. */
  #follow(): void {
    try {
      const settings = currentSettings(this.#option)
      if (settings === this.#settings) return
      this.#server.setSecureContext(this.#usable(settings))
      this.#settings = settings
    } catch (error) {
      this.#failed(error)
    }
  }

  /** Why a client that finished its handshake may not come in. */
  #objection(stream: TLSSocket): string | undefined {
    if (!this.#demanding || stream.authorized) return undefined
    const why = String(stream.authorizationError ?? 'there is none')
    return `the TLS handshake failed: the client's certificate is not acceptable: ${why}`
  }

  /** Settings whose keys and versions are known to work, and whose functions do not throw. */
  #usable(settings: TlsSettings): TlsOptions {
    contextOf(settings)
    return { minVersion: oldestVersion, ...settings, ...guarded(settings, this.#failed) } as TlsOptions
  }
}
