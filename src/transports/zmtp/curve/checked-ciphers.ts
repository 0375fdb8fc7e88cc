/**
 * Small messages are sealed with what shows of the inside of `@noble/ciphers`, which is no promise of that package, and
 * whose words are those of the machine. It is used where it seals as the audited function does.
 */
import { nonceOf } from './box.ts'
import { MessageCipher } from './cipher.ts'
import { type Ciphers, loadCiphers } from './ciphers.ts'

let checked: Ciphers | undefined

/** Throws `ENOTSUP` where the package is not installed. */
export function checkedCiphers(): Ciphers {
  checked ??= check(loadCiphers())
  return checked
}

/** The same, without the inside where that is another. */
export function check(ciphers: Ciphers): Ciphers {
  return sealsWell(ciphers) ? ciphers : { ...ciphers, core: undefined }
}

function sealsWell(ciphers: Ciphers): boolean {
  const key = new Uint8Array(32).fill(1)
  const plain = new Uint8Array(200)
  try {
    const cipher = new MessageCipher(key, 'client', 1, new Uint8Array(8), ciphers)
    const sealed = cipher.seal(plain[0] as number, plain.subarray(0, 0), plain.subarray(1))
    const nonce = nonceOf('CurveZMQMESSAGEC', sealed.subarray(8, 16))
    return Buffer.compare(sealed.subarray(16), ciphers.xsalsa20poly1305(key, nonce).encrypt(plain)) === 0
  } catch {
    return false
  }
}
