/**
 * What `ws` knows about an unfinished message and does not tell: its size so far, and whether there is one. The fields
 * are internal to `ws`; where a version lacks them the answers are the harmless ones.
 */
import type { WebSocket } from 'ws'

interface Internals {
  readonly _receiver?: {
    readonly _totalPayloadLength?: number
    readonly _payloadLength?: number
    readonly _bufferedBytes?: number
    readonly _state?: number
  } | null
}

/** Bytes of the message that broke the limit, as far as its frames were announced. */
export function announcedSize(socket: WebSocket, limit: number): number {
  const receiver = (socket as unknown as Internals)._receiver
  return Math.max(receiver?._totalPayloadLength ?? 0, receiver?._payloadLength ?? 0, limit + 1)
}

/** Whether part of a message has arrived. */
export function insideMessage(socket: WebSocket): boolean {
  const receiver = (socket as unknown as Internals)._receiver
  return (receiver?._totalPayloadLength ?? 0) > 0 || (receiver?._bufferedBytes ?? 0) > 0
}
