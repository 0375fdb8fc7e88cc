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
function fnv1a(body: Uint8Array): string {
  let hash = 0x811c9dc5
  for (const byte of body) hash = Math.imul(hash ^ byte, 0x01000193)
  return (hash >>> 0).toString(16).padStart(8, '0')
}

/** The line a peer prints for a body: `<word> <n> <size> <fnv>`. */
export function peerLine(word: PeerWord, n: number, body: Uint8Array): string {
  return `${word} ${n} ${body.length} ${fnv1a(body)}`
}

/**
 * Bodies on both sides of every internal boundary of the libraries and of hubless, as a peer sends them for `--size`;
 * the last one fills a message of 1 MiB, the usual limit, together with a protocol header of so many bytes.
 */
export function boundaryBodies(header = 0): Buffer[] {
  const sizes = [0, 1, 28, 29, 32, 1023, 1024, 65535, 65536, 1048576 - header]
  return sizes.map((size, n) => peerBody(n, size))
}

/** The argument of `--size` that makes a peer send these. */
export function sizesOf(bodies: readonly Uint8Array[]): string {
  return bodies.map((body) => body.length).join()
}

/** The lines a peer prints for bodies in this order. */
export function peerLines(word: PeerWord, bodies: readonly Uint8Array[]): string[] {
  return bodies.map((body, n) => peerLine(word, n, body))
}
