/**
 * What the C peers send and print, recomputed: the deterministic body of message n and the hash in their output.
 */

export type PeerWord = 'msg' | 'reply' | 'bad' | 'request' | 'survey' | 'answer'

/** Body of message `n` as `--size` makes it: byte i is (n * 31 + i * 7) & 0xff. */
export function peerBody(n: number, size: number): Buffer {
  const body = Buffer.allocUnsafe(size)
  for (let i = 0; i < size; i++) body[i] = n * 31 + i * 7
  return body
}

/** 32-bit FNV-1a in 8 hex digits. */
export function fnv1a(body: Uint8Array): string {
  let hash = 0x811c9dc5
  for (const byte of body) hash = Math.imul(hash ^ byte, 0x01000193)
  return (hash >>> 0).toString(16).padStart(8, '0')
}

/** The line a peer prints for a body: `<word> <n> <size> <fnv>`. */
export function peerLine(word: PeerWord, n: number, body: Uint8Array): string {
  return `${word} ${n} ${body.length} ${fnv1a(body)}`
}

/** Sizes on both sides of every internal boundary of the libraries and of hubless, without a protocol header. */
export const boundarySizes = [0, 1, 28, 29, 32, 1023, 1024, 65535, 65536, 1048576]

/** The same for patterns with a header of one word, which counts towards the limit of 1 MiB. */
export const boundarySizesWithHeader = [...boundarySizes.slice(0, -1), 1048576 - 4]

/** The bodies a peer sends for `--size`. */
export function peerBodies(sizes: readonly number[]): Buffer[] {
  return sizes.map((size, n) => peerBody(n, size))
}

/** The lines a peer prints for bodies in this order. */
export function peerLines(word: PeerWord, bodies: readonly Uint8Array[]): string[] {
  return bodies.map((body, n) => peerLine(word, n, body))
}
