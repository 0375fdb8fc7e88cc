/** Bodies as strings. */
import type { Codec } from 'hubless'

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Bytes as they came to a string, as UTF-8; throws for anything else. */
export function decodeText(bytes: Uint8Array): string {
  return decoder.decode(bytes)
}

/**
 * Bodies as strings, UTF-8. A body that is not UTF-8 does not decode.
 *
 * @example
 * const sub = new Sub({ codec: text() })
 * for await (const line of sub) console.log(line.toUpperCase())
 */
export function text(): Codec<string> {
  return { encode: (value) => value, decode: decodeText }
}
