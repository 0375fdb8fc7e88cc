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
import type { Authenticator, Ciphers } from './ciphers.ts'
import { blockLength, KeyStream } from './key-stream.ts'

const name = Buffer.from('\x07MESSAGE', 'latin1')
/** Name, counter and tag; as many bytes as the key stream has before it reaches the payload. */
const before = 32
/** Bytes that a sealed frame has beyond the payload. */
export const sealOverhead: number = before + 1

/** Memory to work on a frame in: whole blocks of the key stream, whose words are aligned, which those of a slab are not. */
class Workplace {
  readonly bytes: Uint8Array
  readonly words: Uint32Array

  constructor(size: number) {
    this.words = new Uint32Array(Math.ceil(size / blockLength) * (blockLength / 4))
    this.bytes = new Uint8Array(this.words.buffer)
  }
}

/** For frames that will be copied, one after another. */
const scratch = new Workplace(copyLimit)
const tag = new Uint8Array(boxOverhead)

export class MessageCipher implements Cipher {
  readonly overhead = sealOverhead
  flags = 0
  readonly #ciphers: Ciphers
  readonly #sealing: KeyStream
  readonly #opening: KeyStream
  #counter: number
  /** The counter of the frame that was opened last. */
  #high: number
  #low: number

  /** `key` of the boxes of both; `counter` and `theirs` were used last in the handshake. */
  constructor(key: Uint8Array, role: 'client' | 'server', counter: number, theirs: Uint8Array, ciphers: Ciphers) {
    const client = hsalsa(key, Buffer.from('CurveZMQMESSAGEC'))
    const server = hsalsa(key, Buffer.from('CurveZMQMESSAGES'))
    this.#sealing = new KeyStream(ciphers, role === 'client' ? client : server)
    this.#opening = new KeyStream(ciphers, role === 'client' ? server : client)
    this.#ciphers = ciphers
    this.#counter = counter
    this.#high = readWord(theirs, 0)
    this.#low = readWord(theirs, 4)
  }

  seal(flags: number, first: Uint8Array, rest: Uint8Array): Uint8Array {
    const counter = ++this.#counter
    const high = Math.floor(counter / 0x100000000)
    const start = before + 1 + first.length
    const end = start + rest.length
    const { bytes, words } = placeFor(end)
    bytes[before] = flags
    if (first.length > 0) bytes.set(first, before + 1)
    bytes.set(rest, start)
    const mac = this.#ciphers.poly1305.create(this.#sealing.begin(high, counter))
    this.#sealing.cover(words, end)
    this.#authenticate(mac, bytes, end)
    bytes.set(name, 0)
    writeWord(bytes, name.length, high)
    writeWord(bytes, name.length + 4, counter)
    bytes.set(tag, before - tag.length)
    return bytes.subarray(0, end)
  }

  open(sealed: Uint8Array, start: number, end: number): Buffer | undefined {
    const size = end - start
    if (size <= before) return undefined
    for (let i = 0; i < name.length; i++) if (sealed[start + i] !== name[i]) return undefined
    const high = readWord(sealed, start + name.length)
    const low = readWord(sealed, start + name.length + 4)
    if (high < this.#high || (high === this.#high && low <= this.#low)) return undefined
    const { bytes, words } = placeFor(size)
    bytes.set(sealed.subarray(start, end))
    this.#authenticate(this.#ciphers.poly1305.create(this.#opening.begin(high, low)), bytes, size)
    if (!timingSafeEqual(tag, bytes.subarray(before - tag.length, before))) return undefined
    this.#opening.cover(words, size)
    this.#high = high
    this.#low = low
    this.flags = bytes[before] as number
    if (bytes !== scratch.bytes) return Buffer.from(bytes.buffer, sealOverhead, size - sealOverhead)
    const plain = Buffer.allocUnsafe(size - sealOverhead)
    plain.set(bytes.subarray(sealOverhead, size))
    return plain
  }

  /** Sets `tag` to that of what lies encrypted behind its place; up to 16 bytes after that are overwritten. */
  #authenticate(mac: Authenticator, bytes: Uint8Array, end: number): void {
    // What `update` is given it copies byte by byte, which takes longer than the tag itself.
    if (this.#ciphers.core === undefined || mac.process === undefined) mac.update(bytes.subarray(before, end))
    else {
      let at = before
      for (; at + 16 <= end; at += 16) mac.process(bytes, at)
      if (at < end) mac.process(padded(bytes, end), at, true)
    }
    mac.digestInto(tag)
  }
}

/** The last block is not whole: what is missing of it begins with 01. */
function padded(bytes: Uint8Array, end: number): Uint8Array {
  bytes[end] = 1
  for (let at = end + 1; at % 16 !== 0; at++) bytes[at] = 0
  return bytes
}

function placeFor(size: number): Workplace {
  return size <= scratch.bytes.length ? scratch : new Workplace(size)
}
