/**
 * What connections between threads say to each other once they have shaken hands.
 *
 *   number            so many bytes of parcels were read: the other side may send as many more
 *   'bye'             the connection is over, and whoever said so reads no more
 *   { coming }        a large message of so many bytes is being copied and will be in a later parcel
 *   [piece, …]        a parcel: messages in order
 *
 * A piece is one of
 *
 *   ArrayBuffer       small messages, copied together:   [size + 1][header|body] [size + 1][header|body] … [0]
 *   Uint8Array        the header of a large message, of which the next piece, an ArrayBuffer, is the body
 *   number            the size of a message that is larger than the receiver takes; it is not sent
 */
export type Piece = ArrayBuffer | Uint8Array | number

export const bye = 'bye'

/** A large message that is on its way. */
export interface Coming {
  readonly coming: number
}

/** Bytes before each message of a buffer; one more than its size, so that 0 marks the end. */
export const prefix = 4

/** Larger messages have a buffer of their own. */
export const smallMessage = 8192

/** Messages from this size on are told before they are copied, so that one that never arrives is missed. */
export const toldFrom = 262_144

/** What a buffer takes of the room between the two ends: all of its memory. */
export function weigh(buffer: ArrayBuffer, header?: Uint8Array): number {
  return buffer.byteLength + (header === undefined ? 0 : header.length)
}

/** What one end needs to know of the other before it may send. */
export interface Limits {
  readonly protocol: number
  /** Largest message that it takes. */
  readonly recvMaxSize: number
  /** Bytes that may be on their way to it and unread. */
  readonly room: number
}
