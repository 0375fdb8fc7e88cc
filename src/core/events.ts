/**
 * The events of a socket, typed. Listeners run at once and in order; one
 * that throws, or returns a promise that rejects, is reported and disturbs neither the socket nor the other listeners.
 * There is no `error` event.
 */
import type { Dialer } from './dialer.ts'
import { SpError } from './errors.ts'
import type { Listener } from './listener.ts'
import type { Pipe } from './pipe.ts'
import { platform } from './platform.ts'
import type { DetachReason, DropReason, RejectReason } from './reasons.ts'

export interface DropEvent {
  readonly reason: DropReason
  /** Messages dropped. */
  readonly count: number
  /** Bytes of the message, where it is one. */
  readonly size?: number
  /** The limit it exceeded, bytes or hops, where there is one. */
  readonly limit?: number
  readonly pipe?: Pipe
  readonly cause?: unknown
}

export interface SocketEvents {
  /** A peer finished its handshake and takes part. */
  attach: (event: { readonly pipe: Pipe }) => void
  /** Its connection ended. Comes once for every `attach`. */
  detach: (event: { readonly pipe: Pipe; readonly reason: DetachReason; readonly cause?: unknown }) => void
  /** A connection was refused before it took part. */
  reject: (event: {
    readonly reason: RejectReason
    readonly endpoint: Dialer | Listener
    /** Address of the peer, where known. */
    readonly address: string
    readonly error: SpError
  }) => void
  /** A dialer waits `delay` ms before its next attempt. */
  retry: (event: {
    readonly dialer: Dialer
    readonly attempt: number
    readonly delay: number
    readonly cause: SpError
  }) => void
  /** Messages were lost or discarded. */
  drop: (event: DropEvent) => void
  /** A listener is ready; `url` has the real port. */
  listen: (event: { readonly listener: Listener; readonly url: string }) => void
  /** The socket is closed; the last event. */
  close: (event: Record<string, never>) => void
}

export type SocketEventName = keyof SocketEvents

interface Registration {
  readonly listener: (payload: never) => unknown
  readonly once: boolean
}

export class SocketEmitter {
  /** Replaced, not changed, by every registration, so that an event goes to those that listened when it began. */
  readonly #listeners: Map<SocketEventName, readonly Registration[]> = new Map()

  on<E extends SocketEventName>(event: E, listener: SocketEvents[E]): void {
    this.#add(event, { listener, once: false })
  }

  once<E extends SocketEventName>(event: E, listener: SocketEvents[E]): void {
    this.#add(event, { listener, once: true })
  }

  off<E extends SocketEventName>(event: E, listener: SocketEvents[E]): void {
    this.#keep(event, (registration) => registration.listener !== listener)
  }

  has(event: SocketEventName): boolean {
    return this.#registered(event).length > 0
  }

  emit<E extends SocketEventName>(event: E, payload: Parameters<SocketEvents[E]>[0]): void {
    for (const registration of this.#registered(event)) {
      if (registration.once) this.#keep(event, (other) => other !== registration)
      try {
        const result = registration.listener(payload as never)
        if (result instanceof Promise) result.catch((error: unknown) => platform.warn(error))
      } catch (error) {
        platform.warn(error)
      }
    }
  }

  #registered(event: SocketEventName): readonly Registration[] {
    return this.#listeners.get(event) ?? []
  }

  #add(event: SocketEventName, registration: Registration): void {
    if (typeof registration.listener !== 'function') {
      throw new SpError('EINVAL', { message: `the listener of ${event} is not a function` })
    }
    this.#listeners.set(event, [...this.#registered(event), registration])
  }

  #keep(event: SocketEventName, wanted: (registration: Registration) => boolean): void {
    this.#listeners.set(event, this.#registered(event).filter(wanted))
  }
}
