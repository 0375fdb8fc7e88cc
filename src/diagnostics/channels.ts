/**
 * The events of every socket on `node:diagnostics_channel`, for who watches programs that do not know of it: each event of
 * `events.ts` on a channel of its name, and `hubless:open` for sockets that come to be. A channel that nobody listens to
 * costs a look. docs/observability.md has the list.
 */
import { type Channel, channel } from 'node:diagnostics_channel'
import { eventNames, SocketEmitter, type SocketEventName, type SocketEvents } from '../core/events.ts'
import type { Socket } from '../core/socket.ts'

type Payload<E extends SocketEventName> = Parameters<SocketEvents[E]>[0]

/** What comes on each channel, by its name. */
export type SocketMessages = {
  readonly [E in SocketEventName as `hubless:${E}`]: Payload<E> & {
    /** Whose event it is. */
    readonly socket: Socket
  }
} & {
  /** A socket was made. */
  readonly 'hubless:open': {
    /** The new one. */
    readonly socket: Socket
  }
}

const opened = channel('hubless:open')
const channels = Object.fromEntries(eventNames.map((name) => [name, channel(`hubless:${name}`)])) as Readonly<
  Record<SocketEventName, Channel>
>

export const socketChannels: readonly string[] = [opened, ...Object.values(channels)].map(({ name }) => String(name))

/** The events of a socket, which are published as well. */
export class PublishingEmitter extends SocketEmitter {
  readonly #socket: object

  constructor(socket: object) {
    super()
    this.#socket = socket
    // Not before it is whole.
    if (opened.hasSubscribers) queueMicrotask(() => opened.publish({ socket }))
  }

  override has(event: SocketEventName): boolean {
    return super.has(event) || channels[event].hasSubscribers
  }

  override emit<E extends SocketEventName>(event: E, payload: Payload<E>): void {
    const channel = channels[event]
    if (channel.hasSubscribers) channel.publish({ ...payload, socket: this.#socket })
    super.emit(event, payload)
  }
}
