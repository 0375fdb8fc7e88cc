/**
 * Frames of stream transports. sp-tcp-mapping §3, sp-ipc-mapping: an 8-byte big-endian length before header and body;
 * IPC puts a type byte 0x01 before that.
 */
export interface Framing {
  /** Bytes before the payload. */
  readonly prefix: 8 | 9
}

export const tcpFraming: Framing = { prefix: 8 }
export const ipcFraming: Framing = { prefix: 9 }

/** Writes the prefix of a payload of `size` bytes and returns where the payload begins. */
export function writePrefix(framing: Framing, bytes: Uint8Array, at: number, size: number): number {
  let p = at
  if (framing.prefix === 9) bytes[p++] = 1
  const high = size > 0xffffffff ? Math.floor(size / 0x100000000) : 0
  bytes[p] = 0
  bytes[p + 1] = 0
  bytes[p + 2] = high >>> 8
  bytes[p + 3] = high
  bytes[p + 4] = size >>> 24
  bytes[p + 5] = size >>> 16
  bytes[p + 6] = size >>> 8
  bytes[p + 7] = size
  return p + 8
}

/** The payload size that a prefix declares, or -1 when its type byte is wrong. Sizes above 2^53 come out inexact. */
export function readPrefix(framing: Framing, bytes: Uint8Array, at: number): number {
  let p = at
  if (framing.prefix === 9 && bytes[p++] !== 1) return -1
  const high = word(bytes, p)
  const low = word(bytes, p + 4)
  return high === 0 ? low : high * 0x100000000 + low
}

function word(bytes: Uint8Array, p: number): number {
  return (
    (((bytes[p] as number) << 24) |
      ((bytes[p + 1] as number) << 16) |
      ((bytes[p + 2] as number) << 8) |
      (bytes[p + 3] as number)) >>>
    0
  )
}
