/**
 * Envelopes of REQ and REP: frames before an empty one on the wire, words of a backtrace above it. RFC 28.
 *
 * A word is a frame of four bytes, so that any REP of ZeroMQ hands a backtrace back. Foreign envelopes, such as those of
 * ROUTER/DEALER proxies, are packed into words that lead back to them without anything being kept: a code for each frame
 * and its bytes, 31 bits to a word, and at last how many bytes that are.
 *
 *   0|31 bits  0|31 bits  …  1|bytes, below 1024        code: length, or 0 for 00 and four bytes more, as libzmq counts
 */
import { readWord, writeWord } from '../../core/incoming.ts'
import { MORE, writeFrameHeader } from './frames.ts'

const idBit = 0x80000000
/** Most words that a backtrace has. */
const mostWords = 255
/** Smaller last words than this beyond the top bit are counts of packed bytes, others are ids. */
const counts = 1024

/** The backtrace that stands for these frames; `undefined` where that would be too long. */
export function packEnvelope(frames: readonly Uint8Array[]): Uint8Array | undefined {
  return isBacktrace(frames) ? joinFrames(frames) : packFrames(frames)
}

/** Frames and delimiter for a backtrace that `packEnvelope` returned, as they go on the wire. */
export function unpackEnvelope(header: Uint8Array): Uint8Array {
  const words = header.length >>> 2
  const last = words === 0 ? 0 : readWord(header, words * 4 - 4)
  const length = last - idBit
  if (length < 0 || length >= counts || words !== 1 + Math.ceil((length * 8) / 31)) return wordFrames(header)
  return length === 0 ? delimiter : unpackFrames(unpackBytes(header, length))
}

/** Every word as a frame of its own, and the delimiter. */
export function wordFrames(header: Uint8Array): Uint8Array {
  const words = header.length >>> 2
  const bytes = new Uint8Array(words * 6 + 2)
  let at = 0
  for (let word = 0; word < words; word++) {
    at = writeFrameHeader(bytes, at, MORE, 4)
    for (let i = 0; i < 4; i++) bytes[at++] = header[word * 4 + i] as number
  }
  writeFrameHeader(bytes, at, MORE, 0)
  return bytes
}

/** Whether the frames are words, the last with its top bit set and the others without. */
export function isBacktrace(frames: readonly Uint8Array[], above: number = counts): boolean {
  return (
    frames.length > 0 &&
    frames.length <= mostWords &&
    frames.every((frame, i) => {
      if (frame.length !== 4) return false
      const word = readWord(frame, 0)
      return i === frames.length - 1 ? word >= idBit + above : word < idBit
    })
  )
}

export function joinFrames(frames: readonly Uint8Array[]): Uint8Array {
  const [only] = frames
  return only !== undefined && frames.length === 1 ? only : Buffer.concat(frames)
}

/** The empty frame between envelope and body. */
export const delimiter: Uint8Array = new Uint8Array([MORE, 0])
/** What stands for an envelope without frames, as the REQ of libzmq sends it. */
const packedNothing = new Uint8Array([0x80, 0, 0, 0])

function packFrames(frames: readonly Uint8Array[]): Uint8Array | undefined {
  if (frames.length === 0) return packedNothing
  if (frames.some((frame) => frame.length > 255)) return undefined
  const coded = Buffer.concat(
    frames.flatMap((frame) =>
      frame.length === 5 && frame[0] === 0 ? [frame] : [new Uint8Array([frame.length]), frame]
    )
  )
  const words = 1 + Math.ceil((coded.length * 8) / 31)
  if (words > mostWords) return undefined
  const header = new Uint8Array(words * 4)
  for (let bit = 0; bit < coded.length * 8; bit++) {
    if ((((coded[bit >> 3] as number) << (bit & 7)) & 0x80) === 0) continue
    const place = placeOf(bit)
    header[place >> 3] = (header[place >> 3] as number) | (0x80 >> (place & 7))
  }
  writeWord(header, words * 4 - 4, idBit + coded.length)
  return header
}

function unpackBytes(header: Uint8Array, length: number): Uint8Array {
  const coded = new Uint8Array(length)
  for (let bit = 0; bit < length * 8; bit++) {
    const place = placeOf(bit)
    if ((((header[place >> 3] as number) << (place & 7)) & 0x80) === 0) continue
    coded[bit >> 3] = (coded[bit >> 3] as number) | (0x80 >> (bit & 7))
  }
  return coded
}

/** Where a packed bit is among the bits of the words, whose first is always clear. */
function placeOf(bit: number): number {
  return Math.floor(bit / 31) * 32 + 1 + (bit % 31)
}

function unpackFrames(coded: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(coded.length * 2 + 2)
  let to = 0
  for (let at = 0; at < coded.length; ) {
    const code = coded[at] as number
    const frame = code === 0 ? coded.subarray(at, at + 5) : coded.subarray(at + 1, at + 1 + code)
    to = writeFrameHeader(bytes, to, MORE, frame.length)
    bytes.set(frame, to)
    to += frame.length
    at += code === 0 ? 5 : 1 + code
  }
  to = writeFrameHeader(bytes, to, MORE, 0)
  return bytes.subarray(0, to)
}
