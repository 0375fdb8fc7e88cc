/** Boxes of NaCl: sealed with a key that follows from the secret key of one side and the public key of the other. */
import { Misbehaviour } from '../mechanisms/mechanism.ts'
import { loadCiphers, sigma } from './ciphers.ts'
import { agree } from './keys.ts'

/** Bytes of a box beyond what is in it. */
export const boxOverhead = 16

/** HSalsa20 of a key and 16 bytes. */
export function hsalsa(key: Uint8Array, input: Uint8Array): Uint8Array {
  const output = new Uint32Array(8)
  loadCiphers().hsalsa(sigma, words(key), words(input), output)
  return new Uint8Array(output.buffer)
}

/** The key of the boxes between two key pairs. Throws `Misbehaviour` for a key of the peer that is none. */
export function boxKey(secretKey: Uint8Array, publicKey: Uint8Array): Uint8Array {
  let shared: Uint8Array
  try {
    shared = agree(secretKey, publicKey)
  } catch {
    throw new Misbehaviour('a public key that is none')
  }
  return hsalsa(shared, new Uint8Array(16))
}

/** A nonce of 24 bytes: what it is for, and what never comes again. */
export function nonceOf(prefix: string, rest: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(prefix, 'latin1'), rest])
}

/** A counter as the last eight bytes of a nonce. */
export function counterBytes(counter: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeUInt32BE(Math.floor(counter / 0x100000000), 0)
  bytes.writeUInt32BE(counter >>> 0, 4)
  return bytes
}

export function seal(key: Uint8Array, nonce: Uint8Array, ...plain: readonly Uint8Array[]): Uint8Array {
  return loadCiphers().xsalsa20poly1305(key, nonce).encrypt(Buffer.concat(plain))
}

/** Throws `Misbehaviour` for a box that is not authentic; `what` it is. */
export function open(what: string, key: Uint8Array, nonce: Uint8Array, box: Uint8Array): Buffer {
  try {
    const plain = loadCiphers().xsalsa20poly1305(key, nonce).decrypt(box)
    return Buffer.from(plain.buffer, plain.byteOffset, plain.length)
  } catch {
    throw new Misbehaviour(`${what} cannot be decrypted: the keys do not match, or it was changed on its way`)
  }
}

/** A copy as 32-bit words in the byte order of the machine, as `hsalsa` takes them. */
function words(bytes: Uint8Array): Uint32Array {
  return new Uint32Array(Uint8Array.from(bytes).buffer)
}
