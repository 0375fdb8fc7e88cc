/**
 * Ciphers from `@noble/ciphers`, an optional peer that is loaded when somebody asks for CURVE; everything else is from
 * `node:crypto`, whose OpenSSL has no Salsa20.
 */
import { createRequire } from 'node:module'
import { SpError } from '../../../core/errors.ts'

/** What is used of `@noble/ciphers`. */
export interface Ciphers {
  /** Salsa20 over `data`, into `output`, from block number `counter` on. */
  salsa20(key: Uint8Array, nonce: Uint8Array, data: Uint8Array, output: Uint8Array, counter: number): Uint8Array
  /** One block of its key stream, in words of the machine; nothing of the inside is used where this is absent. */
  readonly core:
    | ((sigma: Uint32Array, key: Uint32Array, nonce: Uint32Array, output: Uint32Array, counter: number) => void)
    | undefined
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
  /** Takes 16 bytes from `offset` on; `padded`: they are the last, and a 1 stands after them. */
  process?(message: Uint8Array, offset: number, padded?: boolean): void
  digestInto(tag: Uint8Array): void
}

/** What versions since 2.3 show of the inside. */
interface Inner {
  readonly __TESTS?: { readonly salsaCore?: Ciphers['core'] }
}

/** The constant of Salsa20, in words. */
export const sigma: Uint32Array = new Uint32Array(Uint8Array.from(Buffer.from('expand 32-byte k')).buffer)

let loaded: Ciphers | undefined

/** Throws `ENOTSUP` where the package is not installed. */
export function loadCiphers(): Ciphers {
  if (loaded !== undefined) return loaded
  const require = createRequire(import.meta.url)
  try {
    const { poly1305 } = require('@noble/ciphers/_poly1305.js') as Pick<Ciphers, 'poly1305'>
    const salsa = require('@noble/ciphers/salsa.js') as Omit<Ciphers, 'poly1305' | 'core'> & Inner
    loaded = { ...salsa, core: salsa.__TESTS?.salsaCore, poly1305 }
    return loaded
  } catch (cause) {
    throw new SpError('ENOTSUP', {
      message: 'CURVE needs the package @noble/ciphers, version 2.3 or later; install it',
      cause
    })
  }
}
