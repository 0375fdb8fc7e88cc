/**
 * Frames. ZMTP 3.1, "Framing": a byte of flags, the size as 1 byte or 8 bytes big-endian, the payload. Commands are frames,
 * too: length of the name, name, data.
 */
export const MORE = 1
export const LONG = 2
export const COMMAND = 4

/** Bytes before a payload of `size` bytes. */
export function frameHeaderLength(size: number): 2 | 9 {
  return size > 255 ? 9 : 2
}

/** Writes what stands before a payload of `size` bytes, and returns where that begins. */
export function writeFrameHeader(bytes: Uint8Array, at: number, flags: number, size: number): number {
  if (size <= 255) {
    bytes[at] = flags
    bytes[at + 1] = size
    return at + 2
  }
  const high = Math.floor(size / 0x100000000)
  bytes[at] = flags | LONG
  bytes[at + 1] = 0
  bytes[at + 2] = 0
  bytes[at + 3] = high >>> 8
  bytes[at + 4] = high
  bytes[at + 5] = size >>> 24
  bytes[at + 6] = size >>> 16
  bytes[at + 7] = size >>> 8
  bytes[at + 8] = size
  return at + 9
}

/** The body of a command. */
export function encodeCommand(name: string, ...data: readonly Uint8Array[]): Buffer {
  return Buffer.concat([Buffer.from([name.length]), Buffer.from(name, 'latin1'), ...data])
}

/** A whole frame. */
export function encodeFrame(flags: number, payload: Uint8Array): Buffer {
  const bytes = Buffer.alloc(frameHeaderLength(payload.length) + payload.length)
  bytes.set(payload, writeFrameHeader(bytes, 0, flags, payload.length))
  return bytes
}

export interface Command {
  readonly name: string
  /** A view of what it was read from. */
  readonly data: Buffer
}

/** `undefined` when its name does not fit in. */
export function decodeCommand(bytes: Buffer): Command | undefined {
  const length = bytes[0] ?? 0
  if (length === 0 || 1 + length > bytes.length) return undefined
  return { name: bytes.toString('latin1', 1, 1 + length), data: bytes.subarray(1 + length) }
}
