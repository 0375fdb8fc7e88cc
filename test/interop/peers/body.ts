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
