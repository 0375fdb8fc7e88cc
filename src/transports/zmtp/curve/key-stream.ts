/**
 * Salsa20 as `secretbox` of NaCl uses it: the first 32 bytes of the key stream of a message are the key of its tag, the
 * rest covers what is secret. Blocks come from the core of `@noble/ciphers`, into memory that is used again: its stream
 * cipher makes arrays for each call, which take far longer than the two blocks of a small message.
 */
import { writeWord } from '../../../core/incoming.ts'
import { type Ciphers, sigma } from './ciphers.ts'

/** Bytes of a block. */
export const blockLength = 64

/** The block that was made last, and what of the first is the key of the tag. */
const block = new Uint32Array(blockLength / 4)
const ofBlock = new Uint8Array(block.buffer)
const tagKey: Uint8Array = ofBlock.subarray(0, 32)
const zeros = new Uint8Array(blockLength)

export class KeyStream {
  readonly #ciphers: Ciphers
  readonly #core: Ciphers['core']
  readonly #key: Uint8Array
  readonly #keyWords: Uint32Array
  readonly #nonce = new Uint8Array(8)
  readonly #nonceWords = new Uint32Array(this.#nonce.buffer)

  /** `key`: 32 bytes, in memory of their own. */
  constructor(ciphers: Ciphers, key: Uint8Array) {
    this.#ciphers = ciphers
    this.#core = ciphers.core
    this.#key = key
    this.#keyWords = new Uint32Array(key.buffer)
  }

  /** Begins anew, with the nonce of a message; returns the key of its tag, which lies there until `cover`. */
  begin(high: number, low: number): Uint8Array {
    writeWord(this.#nonce, 0, high)
    writeWord(this.#nonce, 4, low)
    this.#make(0)
    return tagKey
  }

  /** Covers, or uncovers, what comes after the first 32 bytes, up to `end`, right after `begin`; whole blocks are there. */
  cover(words: Uint32Array, end: number): void {
    for (let i = 8; i < 16; i++) words[i] = (words[i] as number) ^ (block[i] as number)
    const last = end / 4
    for (let at = 16, number = 1; at < last; at += 16, number++) {
      this.#make(number)
      for (let i = 0; i < 16; i++) words[at + i] = (words[at + i] as number) ^ (block[i] as number)
    }
  }

  #make(number: number): void {
    if (this.#core !== undefined) this.#core(sigma, this.#keyWords, this.#nonceWords, block, number)
    else this.#ciphers.salsa20(this.#key, this.#nonce, zeros, ofBlock, number)
  }
}
