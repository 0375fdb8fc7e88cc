/**
 * Bodies as MessagePack. The library is an argument, so that only those who use it install it: `msgpackr` brings an
 * optional native part with an install script along, which hubless does not want to impose on anybody.
 */
import type { Codec } from 'hubless'
import { assertCheck, assertFunction } from './functions.ts'

/** What is needed of `msgpackr`, or of anything that is called the same; a `Packr` with settings of its own fits too. */
export interface MsgpackLibrary {
  /** Value to bytes. */
  pack(value: unknown): Uint8Array
  /** Bytes to value. Throws for what is no MessagePack. */
  unpack(bytes: Uint8Array): unknown
}

/**
 * Bodies as MessagePack, made and read by `library`. `check` as for `json`. Throws `EINVAL` without such a library.
 *
 * @example
 * import * as msgpackr from 'msgpackr'
 * const push = new Push({ codec: msgpack<Job>(msgpackr) })
 * await push.send({ at: new Date(), image: bytes })
 */
export function msgpack<Value = unknown>(library: MsgpackLibrary, check?: (value: unknown) => Value): Codec<Value> {
  for (const name of ['pack', 'unpack'] as const) {
    assertFunction(Object(library)[name], `msgpack() needs a library with pack and unpack: msgpack(msgpackr)`)
  }
  assertCheck('msgpack', check)
  return {
    encode: (value) => library.pack(value),
    decode: (body) => {
      const value = library.unpack(body)
      return check === undefined ? (value as Value) : check(value)
    }
  }
}
