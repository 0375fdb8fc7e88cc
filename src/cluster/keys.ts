/** The option `key`: one secret, or a list while it is rotated. */
import { invalid } from '../rules.ts'

const minLength = 16
const maxKeys = 8

/** Throws `EINVAL`, whose message names no part of a key. */
export function keyList(given: unknown): readonly Uint8Array[] {
  if (given === undefined) return []
  const list: readonly unknown[] = Array.isArray(given) ? given : [given]
  if (list.length === 0 || list.length > maxKeys)
    throw invalid(`option key is a list of ${list.length}; allowed are 1 to ${maxKeys}`)
  return list.map((key) => {
    const bytes = typeof key === 'string' ? Buffer.from(key) : key
    if (bytes instanceof Uint8Array && bytes.length >= minLength) return Uint8Array.from(bytes)
    throw invalid(
      `option key is not allowed; a key is a string or Uint8Array of at least ${minLength} bytes, or a list of them`
    )
  })
}
