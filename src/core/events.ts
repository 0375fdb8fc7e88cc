/**
 * The events of a socket, typed, on an emitter that also runs in browsers. Listeners run at once and in order; one
 * that throws, or returns a promise that rejects, is reported and disturbs neither the socket nor the other listeners.
 * There is no `error` event.
 */
import type { SpError } from './errors.ts'
import type { EndpointInfo, PeerInfo } from './peer.ts'
import { platform } from './platform.ts'
import type { DetachReason, DropReason, RejectReason } from './reasons.ts'
import { callable, check, notAllowed } from './rules.ts'
import { atOnce } from './thrown.ts'

/** What is known about a loss. */
export interface DropDetails {
  /** Bytes of the message, where it is one. */
  readonly size?: number
  /** The limit it exceeded, bytes or hops, where there is one. */
  readonly limit?: number
  /** What led to it, such as the error of a codec or a handler. */
  readonly cause?: unknown
  /** Messages dropped. Default 1. */
  readonly count?: number
}

/** What the event `drop` tells of messages that were lost or discarded. */
export interface DropEvent extends DropDetails {
  /** Why. */
  readonly reason: DropReason
  readonly count: number
  /** The pipe that it came by or was to leave by, where there is one. */
  readonly pipe?: PeerInfo
}

/** Events of a socket, and what their listeners get. */
export interface SocketEvents {
  /** A peer finished its handshake and takes part. */
  attach: (event: { readonly pipe: PeerInfo }) => void
  /** Its connection ended. Comes once for every `attach`. */
  detach: (event: { readonly pipe: PeerInfo; readonly reason: DetachReason; readonly cause?: unknown }) => void
  /** A connection was refused before it took part. */
  reject: (event: {
    readonly reason: RejectReason
    readonly endpoint: EndpointInfo
    /** Address of the peer, where known. */
    readonly address: string
    readonly error: SpError
  }) => void
  /** A dialer waits `delay` ms before its next attempt. */
  retry: (event: {
    readonly dialer: EndpointInfo
    readonly attempt: number
    readonly delay: number
    readonly cause: SpError
  }) => void
  /** Messages were lost or discarded. */
  drop: (event: DropEvent) => void
  /** A listener is ready; `url` has the real port. */
  listen: (event: { readonly listener: EndpointInfo; readonly url: string }) => void
  /** The socket is closed; the last event. */
  close: (event: Record<string, never>) => void
}

/** Names of events. */
export type SocketEventName = keyof SocketEvents

export const eventNames = ['attach', 'detach', 'reject', 'retry', 'drop', 'listen', 'close'] as const

interface Entry {
  readonly listener: (payload: never) => unknown
  readonly once: boolean
}

export class SocketEmitter {
  /** Lists are replaced, never changed: an event under way goes on with the one it has. */
  readonly #entries: { [E in SocketEventName]?: readonly Entry[] | undefined } = {}

  on<E extends SocketEventName>(event: E, listener: SocketEvents[E], once = false): void {
    // `error` never comes; who knows Node listens to it out of habit.
    if (!eventNames.includes(event) && (event as string) !== 'error') {
      throw notAllowed('the event', event, eventNames.join(', '))
    }
    check(`the listener of ${event}`, callable, listener)
    this.#entries[event] = [...(this.#entries[event] ?? []), { listener, once }]
  }

  off<E extends SocketEventName>(event: E, listener: SocketEvents[E]): void {
    this.#keep(event, (entry) => entry.listener !== listener)
  }

  has(event: SocketEventName): boolean {
    return Boolean(this.#entries[event]?.length)
  }

  emit<E extends SocketEventName>(event: E, payload: Parameters<SocketEvents[E]>[0]): void {
    for (const entry of this.#entries[event] ?? []) {
      if (entry.once) this.#keep(event, (other) => other !== entry)
      try {
        atOnce(entry.listener(payload as never))
      } catch (error) {
        platform.warn(error)
      }
    }
  }

  #keep(event: SocketEventName, wanted: (entry: Entry) => boolean): void {
    this.#entries[event] = this.#entries[event]?.filter(wanted)
  }
}

let Emitter: new (socket: object) => SocketEmitter = SocketEmitter

/** Sockets that are made from now on have events of this class. For the entries. */
export function installEmitter(replacement: typeof Emitter): void {
  Emitter = replacement
}

export const eventsOf = (socket: object): SocketEmitter => new Emitter(socket)
