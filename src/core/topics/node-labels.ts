/** Copies labels between blocks a word at a time, whatever byte of a word they begin at; see node-layout.ts. */
import { byteAt, wordAt, wordsFor } from './node-layout.ts'

/** Packs bytes [start, start + length) of a topic. */
export function packBytes(words: Int32Array, to: number, topic: Uint8Array, start: number, length: number): void {
  let word = to
  let at = start
  for (const whole = start + (length & ~3); at < whole; at += 4) {
    words[word++] =
      byteAt(topic, at) | (byteAt(topic, at + 1) << 8) | (byteAt(topic, at + 2) << 16) | (byteAt(topic, at + 3) << 24)
  }
  const rest = length & 3
  if (rest === 0) return
  let tail = byteAt(topic, at)
  if (rest > 1) tail |= byteAt(topic, at + 1) << 8
  if (rest > 2) tail |= byteAt(topic, at + 2) << 16
  words[word] = tail
}

/** Copies `length` bytes from byte `first` of one label to the start of another, which may be the same. */
export function copyLabel(words: Int32Array, from: number, first: number, to: number, length: number): void {
  const shift = (first & 3) << 3
  const end = to + wordsFor(length)
  let source = from + (first >>> 2)
  if (shift === 0) for (let word = to; word < end; word++) words[word] = wordAt(words, source++)
  else {
    for (let word = to; word < end; word++) {
      const low = wordAt(words, source++) >>> shift
      words[word] = low | (wordAt(words, source) << (32 - shift))
    }
  }
  const rest = length & 3
  if (rest !== 0) words[end - 1] = wordAt(words, end - 1) & ((1 << (rest << 3)) - 1)
}

/** Puts a whole label of `length` bytes behind the first `at` bytes of another, which is zero from there on. */
export function appendLabel(words: Int32Array, from: number, length: number, to: number, at: number): void {
  const shift = (at & 3) << 3
  const end = to + wordsFor(at + length)
  let word = to + (at >>> 2)
  for (let index = from; index < from + wordsFor(length); index++) {
    const four = wordAt(words, index)
    if (shift === 0) words[word++] = four
    else {
      words[word] = wordAt(words, word) | (four << shift)
      if (++word < end) words[word] = four >>> (32 - shift)
    }
  }
}
