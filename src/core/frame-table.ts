/**
 * Messages of several frames, as DEALER and ROUTER have them: all frames in one body, and before it a table that says
 * where they end, so that pipes and queues carry them as any other message.
 *
 *   header: number of frames | length of the first | … | length of the last but one        32-bit words
 */
import { readWord, writeWord } from './incoming.ts'
import { type Body, platform } from './platform.ts'

/** The table of frames with these lengths. */
export function frameTable(lengths: readonly number[]): Body {
  const header = platform.allocate(4 * Math.max(1, lengths.length))
  writeWord(header, 0, lengths.length)
  for (let i = 0; i + 1 < lengths.length; i++) writeWord(header, 4 + 4 * i, lengths[i] as number)
  return header
}

/** The lengths that a table holds, of a body with `size` bytes. */
export function frameLengths(header: Uint8Array, size: number): number[] {
  const count = header.length < 4 ? 1 : readWord(header, 0)
  const lengths: number[] = []
  let left = size
  for (let i = 0; i + 1 < count; i++) {
    const length = readWord(header, 4 + 4 * i)
    lengths.push(length)
    left -= length
  }
  lengths.push(left)
  return lengths
}

export function joinFrames(frames: readonly Body[]): Body {
  const [only] = frames
  if (only !== undefined && frames.length === 1) return only
  const body = platform.allocate(frames.reduce((sum, frame) => sum + frame.length, 0))
  let at = 0
  for (const frame of frames) {
    body.set(frame, at)
    at += frame.length
  }
  return body
}

/** Views of the frames. */
export function splitFrames(header: Uint8Array, body: Body): Body[] {
  let at = body.byteOffset
  return frameLengths(header, body.length).map((length) => {
    at += length
    return platform.view(body.buffer, at - length, length)
  })
}
