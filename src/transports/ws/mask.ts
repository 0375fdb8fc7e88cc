/** Masks and unmasks payloads in place (RFC 6455 §5.3), in words of 32 bits where that pays. */

/** Views of words are kept for memory that is used again and again, up to this size. */
const slabSize = 65536

/** From this size on words are faster, the view of them included. */
const wordsFrom = 64

let buffer: ArrayBufferLike | undefined
let words: Int32Array = new Int32Array(0)

/** XORs `bytes[from, to)` with the key, whose first byte is its lowest. */
export function mask(bytes: Uint8Array, from: number, to: number, key: number): void {
  if (to - from < wordsFrom) maskBytes(bytes, from, to, key)
  else maskWords(bytes, from, to, key)
}

function maskWords(bytes: Uint8Array, from: number, to: number, key: number): void {
  const offset = bytes.byteOffset
  const start = from + ((4 - ((offset + from) & 3)) & 3)
  maskBytes(bytes, from, start, key)
  const shift = ((start - from) & 3) * 8
  const turned = shift === 0 ? key : (key >>> shift) | (key << (32 - shift))
  const end = to - ((offset + to) & 3)
  const all = wordsOf(bytes.buffer)
  for (let i = (offset + start) >>> 2, last = (offset + end) >>> 2; i < last; i++) all[i] = (all[i] as number) ^ turned
  maskBytes(bytes, end, to, turned)
}

function maskBytes(bytes: Uint8Array, from: number, to: number, key: number): void {
  let turned = key
  for (let i = from; i < to; i++) {
    bytes[i] = (bytes[i] as number) ^ (turned & 0xff)
    turned = (turned >>> 8) | (turned << 24)
  }
}

function wordsOf(memory: ArrayBufferLike): Int32Array {
  if (memory === buffer) return words
  const view = new Int32Array(memory, 0, memory.byteLength >>> 2)
  if (memory.byteLength <= slabSize) {
    buffer = memory
    words = view
  }
  return view
}
