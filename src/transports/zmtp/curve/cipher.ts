/**
 * MESSAGE: what protects frames after the handshake. RFC 26.
 *
 *   07 MESSAGE | counter, 8 bytes | tag, 16 bytes | flags, payload, encrypted
 *
 * It is `box` of NaCl. As the first 16 bytes of the nonce never change, the key that XSalsa20 derives from them is derived
 * once; the rest is Salsa20 and Poly1305, as in `xsalsa20poly1305`.
 */
import { timingSafeEqual } from 'node:crypto'
import { readWord, writeWord } from '../../../core/incoming.ts'
import { copyLimit } from '../../stream/batch-writer.ts'
import type { Cipher } from '../mechanisms/mechanism.ts'
import { boxOverhead, hsalsa } from './box.ts'
import { type Ciphers, loadCiphers } from './ciphers.ts'

const name = Buffer.from('\x07MESSAGE', 'latin1')
/** Name, counter and tag; as many bytes as the key stream has before it reaches the payload. */
const before = 32
/** Bytes that a sealed frame has beyond the payload. */
export const sealOverhead: number = before + 1

/** Where frames that will be copied are worked on, one after another. Its words are aligned, which those of a slab are not. */
const scratch = new Uint8Array(copyLimit)
const tag = new Uint8Array(boxOverhead)

export class MessageCipher implements Cipher {
  readonly overhead = sealOverhead
  readonly #ciphers: Ciphers = loadCiphers()
  readonly #sealing: Uint8Array
  readonly #opening: Uint8Array
  readonly #nonce = new Uint8Array(8)
  readonly #theirs = new Uint8Array(8)
  #counter: number
  /** The counter of the frame that was opened last. */
  #high: number
  #low: number

  /** `key` of the boxes of both; `counter` and `theirs` were used last in the handshake. */
  constructor(key: Uint8Array, role: 'client' | 'server', counter: number, theirs: Uint8Array) {
    const [client, server] = ['CurveZMQMESSAGEC', 'CurveZMQMESSAGES'].map((prefix) => hsalsa(key, Buffer.from(prefix)))
    this.#sealing = (role === 'client' ? client : server) as Uint8Array
    this.#opening = (role === 'client' ? server : client) as Uint8Array
    this.#counter = counter
    this.#high = readWord(theirs, 0)
    this.#low = readWord(theirs, 4)
  }

  seal(flags: number, first: Uint8Array, rest: Uint8Array): Uint8Array {
    const counter = ++this.#counter
    const nonce = this.#nonce
    writeWord(nonce, 0, Math.floor(counter / 0x100000000))
    writeWord(nonce, 4, counter)
    const bytes = room(before + 1 + first.length + rest.length)
    bytes.fill(0, 0, before)
    bytes[before] = flags
    bytes.set(first, before + 1)
    bytes.set(rest, before + 1 + first.length)
    this.#ciphers.salsa20(this.#sealing, nonce, bytes, bytes)
    this.#authenticate(bytes.subarray(before), bytes)
    bytes.set(name, 0)
    bytes.set(nonce, name.length)
    bytes.set(tag, 16)
    return bytes
  }

  open(bytes: Uint8Array): Buffer | undefined {
    if (bytes.length <= before) return undefined
    for (let i = 0; i < name.length; i++) if (bytes[i] !== name[i]) return undefined
    const high = readWord(bytes, name.length)
    const low = readWord(bytes, name.length + 4)
    if (high < this.#high || (high === this.#high && low <= this.#low)) return undefined
    const nonce = this.#theirs
    for (let i = 0; i < 8; i++) nonce[i] = bytes[name.length + i] as number
    const plain = room(bytes.length)
    plain.set(bytes, 0)
    plain.fill(0, 0, before)
    this.#ciphers.salsa20(this.#opening, nonce, plain, plain)
    this.#authenticate(bytes.subarray(before), plain)
    if (!timingSafeEqual(tag, bytes.subarray(16, before))) return undefined
    this.#high = high
    this.#low = low
    return plain.buffer === scratch.buffer ? Buffer.from(plain.subarray(before)) : Buffer.from(plain.buffer, before)
  }

  /** Sets `tag` to that of `sealed`; the key for it is the beginning of the key stream. */
  #authenticate(sealed: Uint8Array, stream: Uint8Array): void {
    this.#ciphers.poly1305.create(stream.subarray(0, before)).update(sealed).digestInto(tag)
  }
}

function room(size: number): Uint8Array {
  return size <= scratch.length ? scratch.subarray(0, size) : new Uint8Array(size)
}
