/**
 * The connection to NATS: made in the background, made again when it ends, with everything that was listened to.
 *
 *   connecting ──connected──► up ──ended──► connecting …        closed from everywhere
 */

import { Machine, type StateTable } from 'hubless'
import { Changes, within } from './changes.ts'
import type { NatsSettings } from './options.ts'
import { type Msg, type MsgHdrs, type NatsConnection, type NatsSubscription, natsPackage } from './package.ts'
import { Unacknowledged } from './unacknowledged.ts'

export type NatsState = 'connecting' | 'up' | 'closed'

export const natsStates: StateTable<NatsState, 'connected' | 'ended' | 'close'> = {
  name: 'nats connection',
  initial: 'connecting',
  transitions: {
    connecting: { connected: 'up', close: 'closed' },
    up: { ended: 'connecting', close: 'closed' },
    closed: {}
  }
}

export interface ConnectionOwner {
  /** Connected, and everything is listened to. */
  connected(): void
  ended(): void
  warn(message: string, cause?: unknown): void
}

interface Listening {
  readonly subject: string
  readonly queue: string | undefined
  readonly handle: (message: Msg) => void
  current: NatsSubscription | undefined
}

const connectTime = 5000
/** How long the server is waited for when something is taken back, ms. */
const acknowledgeTime = 1000
const shortestPause = 100
const longestPause = 2000
/** A connection that lasted shorter than this counts as one more failure, ms. */
const lasting = 1000
const defaultPayload = 1_048_576

export class Connection {
  readonly #settings: NatsSettings
  readonly #owner: ConnectionOwner
  readonly #name: string
  readonly #machine = new Machine(natsStates)
  readonly #listening: Set<Listening> = new Set()
  readonly #changes: Changes = new Changes()
  readonly #run: Promise<void>
  #nats: NatsConnection | undefined
  #gossiped: readonly string[] = []
  #unacknowledged: Unacknowledged | undefined
  #failures = 0
  #wake: (() => void) | undefined
  /** Why there is no connection. */
  cause: unknown
  connections = 0

  constructor(settings: NatsSettings, name: string, owner: ConnectionOwner) {
    this.#settings = settings
    this.#name = name
    this.#owner = owner
    this.#run = this.#keepConnected()
  }

  get state(): NatsState {
    return this.#machine.state
  }

  get up(): boolean {
    return this.#machine.state === 'up'
  }

  get server(): string {
    return this.#nats?.getServer() ?? ''
  }

  /** Largest payload with its headers, bytes. */
  get maxPayload(): number {
    return this.#nats?.info?.max_payload ?? defaultPayload
  }

  get hasRoom(): boolean {
    return this.#unacknowledged?.tooMuch !== true
  }

  /** Bytes sent that the server has not acknowledged. */
  get pending(): number {
    return this.#unacknowledged?.bytes ?? 0
  }

  /** Called with every message of the subject from now on, over every connection. */
  listen(subject: string, handle: (message: Msg) => void, queue?: string): () => Promise<void> {
    const listening: Listening = { subject, queue, handle, current: undefined }
    this.#listening.add(listening)
    this.#subscribe(listening)
    return async () => {
      this.#listening.delete(listening)
      const { current } = listening
      if (!this.up || current === undefined) return
      // What the server has sent already is still handled.
      await within(acknowledgeTime, current.drain(), this.#nats?.closed())
    }
  }

  /** False: there is no connection, or the message is too large for it. */
  publish(subject: string, body: Uint8Array, options?: { reply?: string; headers?: MsgHdrs }): boolean {
    if (!this.up) return false
    try {
      this.#nats?.publish(subject, body, options)
    } catch {
      return false
    }
    this.#unacknowledged?.add(body.length)
    return true
  }

  /** Whether it is known if a server is there. */
  get decided(): boolean {
    return this.state !== 'connecting' || this.connections > 0 || this.#failures > 0
  }

  /** Resolves when that is known. */
  async firstAttempt(): Promise<void> {
    while (!this.decided) await this.#changes.next()
  }

  /** Resolves when there is room, or no connection any more. */
  async room(): Promise<void> {
    while (this.up && !this.hasRoom) await this.#changes.next()
  }

  /** Resolves when the server has everything that was sent before; false: it could not be learned within that time. */
  async flushed(timeout: number): Promise<boolean> {
    const end = performance.now() + timeout
    while (this.state === 'connecting' && performance.now() < end) await this.#changes.next(end - performance.now())
    const nats = this.#nats
    if (!this.up || nats === undefined) return false
    return within(end - performance.now(), nats.flush(), nats.closed())
  }

  async close(linger: number): Promise<void> {
    if (this.state === 'closed') return
    await this.flushed(this.up ? linger : 0)
    this.#machine.fire('close')
    this.#listening.clear()
    this.#changes.tell()
    this.#wake?.()
    await this.#nats?.close()
    await this.#run
  }

  async #keepConnected(): Promise<void> {
    for (let attempt = 0; this.state !== 'closed'; attempt++) {
      const servers = [...new Set([...this.#settings.servers, ...this.#gossiped])]
      const began = performance.now()
      try {
        const nats = await this.#connect(servers[attempt % servers.length] as string)
        if (!this.#isClosed) await this.#serve(nats)
        else await nats.close()
      } catch (error) {
        this.#failed(error)
      }
      if (performance.now() - began > lasting) this.#failures = 0
      if (!this.#isClosed) await this.#pause()
    }
  }

  get #isClosed(): boolean {
    return this.#machine.state === 'closed'
  }

  #connect(server: string): Promise<NatsConnection> {
    return natsPackage().connect({
      timeout: connectTime,
      pingInterval: 2000,
      maxPingOut: 2,
      name: this.#name,
      noAsyncTraces: true,
      ...this.#settings.connection,
      servers: [server],
      // Made again here: the package would keep what is sent meanwhile, without a bound.
      reconnect: false
    })
  }

  /** Until it ends. */
  async #serve(nats: NatsConnection): Promise<void> {
    this.#nats = nats
    this.#unacknowledged = new Unacknowledged(nats, () => this.#changes.tell())
    this.cause = undefined
    this.connections++
    this.#machine.fire('connected')
    for (const listening of this.#listening) this.#subscribe(listening)
    this.#changes.tell()
    this.#owner.connected()
    const cause = (await nats.closed()) ?? undefined
    this.#gossiped = nats.info?.connect_urls?.slice(0, 64) ?? []
    this.#nats = this.#unacknowledged = undefined
    this.cause = cause ?? new Error('the server closed the connection')
    if (!this.#isClosed) {
      this.#machine.fire('ended')
      this.#owner.warn('the connection to NATS ended; it is made again', cause)
    }
    this.#changes.tell()
    this.#owner.ended()
  }

  #failed(error: unknown): void {
    this.cause = error
    if (this.#failures++ === 0) this.#owner.warn('no connection to NATS; trying again', error)
    this.#changes.tell()
  }

  #pause(): Promise<void> {
    const base = Math.min(longestPause, shortestPause * 2 ** Math.min(this.#failures, 8))
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, base * (0.75 + Math.random() / 2))
      timer.unref()
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  #subscribe(listening: Listening): void {
    const { subject, queue, handle } = listening
    if (!this.up || this.#nats === undefined) return
    listening.current = this.#nats.subscribe(subject, {
      ...(queue !== undefined && { queue }),
      callback: (error, message) => {
        if (error) this.#owner.warn(`NATS does not let this instance listen to ${subject}`, error)
        else handle(message)
      }
    })
  }
}
