/** SP messages for byte-level peers over TCP: an 8-byte length, then the payload. */
import type { BytePeer } from './bytes.ts'
import { hex } from './bytes.ts'

/** A frame of what is given, one after the other; strings are hexadecimal. */
export function frame(...parts: (string | Uint8Array)[]): Buffer {
  const payload = Buffer.concat(parts.map((part) => (typeof part === 'string' ? hex(part) : part)))
  const length = Buffer.alloc(8)
  length.writeBigUInt64BE(BigInt(payload.length))
  return Buffer.concat([length, payload])
}

/** The payload of the next frame. */
export async function readFrame(peer: BytePeer): Promise<Buffer> {
  const length = (await peer.read(8)).readBigUInt64BE()
  return peer.read(Number(length))
}

/** A request or survey as it came off the wire: its id word, top bit included, and its body. */
export async function readRequest(peer: BytePeer): Promise<{ id: number; word: Buffer; body: string }> {
  const payload = await readFrame(peer)
  return { id: payload.readUInt32BE(), word: payload.subarray(0, 4), body: String(payload.subarray(4)) }
}
