/**
 * Ciphers from `@noble/ciphers`, an optional peer that is loaded when somebody asks for CURVE; everything else is from
 * `node:crypto`, whose OpenSSL has no Salsa20.
 */
import { createRequire } from 'node:module'
import { SpError } from '../../../core/errors.ts'

/** What is used of `@noble/ciphers`. */
export interface Ciphers {
  /** Salsa20 over `data`, into `output`, which may be the same. */
  salsa20(key: Uint8Array, nonce: Uint8Array, data: Uint8Array, output?: Uint8Array): Uint8Array
  hsalsa(sigma: Uint32Array, key: Uint32Array, nonce: Uint32Array, output: Uint32Array): void
  /** `secretbox` of NaCl. `decrypt` throws for what is not authentic. */
  xsalsa20poly1305(
    key: Uint8Array,
    nonce: Uint8Array
  ): { encrypt(plain: Uint8Array): Uint8Array; decrypt(sealed: Uint8Array): Uint8Array }
  readonly poly1305: { create(key: Uint8Array): Authenticator }
}

/** Poly1305 of one message. */
export interface Authenticator {
  update(message: Uint8Array): this
  digestInto(tag: Uint8Array): void
}

let loaded: Ciphers | undefined

/** Throws `ENOTSUP` where the package is not installed. */
export function loadCiphers(): Ciphers {
  if (loaded !== undefined) return loaded
  const require = createRequire(import.meta.url)
  try {
    const { poly1305 } = require('@noble/ciphers/_poly1305.js') as Pick<Ciphers, 'poly1305'>
    loaded = { ...(require('@noble/ciphers/salsa.js') as Omit<Ciphers, 'poly1305'>), poly1305 }
    return loaded
  } catch (cause) {
    throw new SpError('ENOTSUP', { message: 'CURVE needs the package @noble/ciphers, version 2; install it', cause })
  }
}
