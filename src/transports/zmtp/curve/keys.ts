/** Keys of CURVE: X25519 by `node:crypto`, 32 bytes each. */
import { createPrivateKey, createPublicKey, diffieHellman, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { encodeZ85 } from '../z85.ts'

/** What stands before the 32 bytes of a key in DER. RFC 8410. */
const publicPrefix = Buffer.from('302a300506032b656e032100', 'hex')
const secretPrefix = Buffer.from('302e020100300506032b656e04220420', 'hex')

export interface KeyPair {
  readonly publicKey: Uint8Array
  readonly secretKey: Uint8Array
}

export function newKeyPair(): KeyPair {
  const { publicKey, privateKey } = generateKeyPairSync('x25519')
  return {
    publicKey: publicKey.export({ type: 'spki', format: 'der' }).subarray(publicPrefix.length),
    secretKey: privateKey.export({ type: 'pkcs8', format: 'der' }).subarray(secretPrefix.length)
  }
}

/** A new long-term key pair for CURVE, both in Z85. Give the public one away, keep the other. */
export function curveKeyPair(): { publicKey: string; secretKey: string } {
  const { publicKey, secretKey } = newKeyPair()
  return { publicKey: encodeZ85(publicKey), secretKey: encodeZ85(secretKey) }
}

export function publicKeyOf(secretKey: Uint8Array): Uint8Array {
  const der = createPublicKey(privateKeyObject(secretKey)).export({ type: 'spki', format: 'der' })
  return der.subarray(publicPrefix.length)
}

/** What both sides can compute; throws for a public key that leads nowhere. */
export function agree(secretKey: Uint8Array, publicKey: Uint8Array): Buffer {
  const der = Buffer.concat([publicPrefix, publicKey])
  return diffieHellman({
    privateKey: privateKeyObject(secretKey),
    publicKey: createPublicKey({ key: der, format: 'der', type: 'spki' })
  })
}

function privateKeyObject(secretKey: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.concat([secretPrefix, secretKey]), format: 'der', type: 'pkcs8' })
}
