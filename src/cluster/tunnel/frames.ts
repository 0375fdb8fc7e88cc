/**
 * The frames of a tunnel, the same over every engine. Numbers are big-endian.
 *
 *   byte 0      1      2..3   4..7            8..11
 *   START   1   0      0      window          largest message taken      first, from both ends
 *   DATA    2   flags  0      message's size  (first chunk only)         then the chunk
 *   CREDIT  3   0      0      bytes           messages consumed so far
 *   END     4   nothing follows from this end; all messages are sent
 *   ENDED   5   everything up to the other's END was received
 *   ABORT   6   then UTF-8 JSON { name, code, message }: broken off
 *
 * Flags of DATA: 1 first chunk, 2 last chunk, 4 the message begun is withdrawn. A chunk costs its bytes and 16 more, so
 * that many small messages are bounded as well.
 */
import type { RemoteDetails } from '../engine/engine.ts'

export const frameType = { START: 1, DATA: 2, CREDIT: 3, END: 4, ENDED: 5, ABORT: 6 } as const
export const chunkFlag = { FIRST: 1, LAST: 2, WITHDRAWN: 4 } as const

export const frameHeader = 12
/** What a chunk costs beyond its bytes. */
export const chunkCost = 16
/** Bytes of a chunk at most: short enough that others have their turn. */
export const maxChunk = 65536

const scratch = new Uint8Array(frameHeader)
const view = new DataView(scratch.buffer)

/** A header that is good until the next call. */
export function frame(type: number, flags = 0, first = 0, second = 0): Uint8Array {
  scratch[0] = type
  scratch[1] = flags
  view.setUint32(4, first)
  view.setUint32(8, second >>> 0)
  return scratch
}

const maxText = 4096

/** What the other end said when it broke off; fixed words where that is no use. */
export function readAbort(body: Uint8Array): RemoteDetails {
  try {
    const value: unknown = JSON.parse(Buffer.from(body.subarray(0, maxText)).toString())
    const fields = (Object(value) === value ? value : {}) as Record<string, unknown>
    const text = (field: string): string => (typeof fields[field] === 'string' ? fields[field] : '')
    return { name: text('name') || 'Error', code: text('code'), message: text('message') }
  } catch {
    return { name: 'Error', code: '', message: 'the other end broke the tunnel off' }
  }
}
