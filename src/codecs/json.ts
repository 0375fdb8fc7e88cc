/** Bodies as JSON. RFC 8259 */
import type { Codec } from 'hubless'
import { assertCheck } from './functions.ts'
import { decodeText } from './text.ts'

/**
 * Bodies as JSON. `Value` is what both sides agreed on; nobody enforces it unless `check` does: it gets what was
 * received and returns it as a `Value`, or throws, and then the body counts as undecodable. Throws `EINVAL` for a check that
 * is no function.
 * `send` throws `EINVAL` for what JSON cannot say, such as `undefined`, and what `JSON.stringify` throws for cycles.
 *
 * @example
 * const pair = new Pair({ codec: json<Order>() })
 * await pair.send({ item: 'tea', count: 2 })
 * const order = await pair.recv() // an Order
 */
export function json<Value = unknown>(check?: (value: unknown) => Value): Codec<Value> {
  assertCheck('json', check)
  return {
    encode: (value) => JSON.stringify(value),
    decode: (body) => {
      const value: unknown = JSON.parse(decodeText(body))
      return check === undefined ? (value as Value) : check(value)
    }
  }
}
