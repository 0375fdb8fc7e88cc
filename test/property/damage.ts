/** Byte streams as an attacker sends them: valid ones with damage, plain noise, and either in any pieces. */
import fc from 'fast-check'

/** A place in a stream whose length is not known yet. Small numbers come often, so they are spread over the stream. */
const place = fc.nat(9999).map((n) => ((n * 7919) % 10_000) / 10_000)
const telling = fc.oneof(fc.constantFrom(0, 1, 2, 0x7f, 0x80, 0xff), fc.nat(255))

type Edit = (bytes: Buffer) => Buffer

const edit: fc.Arbitrary<Edit> = fc.oneof(
  fc.tuple(place, telling).map(
    ([where, value]): Edit =>
      (bytes) => {
        const copy = Buffer.from(bytes)
        if (copy.length > 0) copy[Math.floor(where * copy.length)] = value
        return copy
      }
  ),
  fc.tuple(place, fc.uint8Array({ minLength: 1, maxLength: 20 })).map(
    ([where, more]): Edit =>
      (bytes) => {
        const at = Math.floor(where * bytes.length)
        return Buffer.concat([bytes.subarray(0, at), more, bytes.subarray(at)])
      }
  ),
  fc.tuple(place, fc.integer({ min: 1, max: 20 })).map(
    ([where, count]): Edit =>
      (bytes) => {
        const at = Math.floor(where * bytes.length)
        return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + count)])
      }
  ),
  fc.tuple(place, fc.integer({ min: 1, max: 30 })).map(
    ([where, count]): Edit =>
      (bytes) => {
        const at = Math.floor(where * bytes.length)
        return Buffer.concat([bytes.subarray(0, at + count), bytes.subarray(at)])
      }
  ),
  fc.tuple(place, fc.nat(7)).map(
    ([where, bit]): Edit =>
      (bytes) => {
        const copy = Buffer.from(bytes)
        const at = Math.floor(where * copy.length)
        if (copy.length > 0) copy[at] = (copy[at] as number) ^ (1 << bit)
        return copy
      }
  ),
  fc.tuple(place, place, place).map(
    (places): Edit =>
      (bytes) => {
        const [a = 0, b = 0, c = 0] = places.map((where) => Math.floor(where * bytes.length)).sort((x, y) => x - y)
        return Buffer.concat([bytes.subarray(0, a), bytes.subarray(b, c), bytes.subarray(a, b), bytes.subarray(c)])
      }
  ),
  place.map(
    (where): Edit =>
      (bytes) =>
        bytes.subarray(0, Math.floor(where * bytes.length))
  )
)

/** Some changed, inserted, removed, repeated or swapped bytes, a bit the other way, or a missing end. */
export const damage: fc.Arbitrary<Edit> = fc
  .array(edit, { minLength: 1, maxLength: 5 })
  .map((edits) => (bytes) => edits.reduce((damaged, change) => change(damaged), bytes))

/** Bytes without meaning; some begin as a hello does. */
export const noise: fc.Arbitrary<Buffer> = fc
  .tuple(fc.uint8Array({ maxLength: 300, size: 'max' }), fc.constantFrom('', '005350', '0053500000300000', '160301'))
  .map(([bytes, start]) => Buffer.concat([Buffer.from(start, 'hex'), bytes]))

/** Where to cut a stream. */
export const cuts: fc.Arbitrary<readonly number[]> = fc.array(place, { maxLength: 8 })

export function pieces(bytes: Buffer, where: readonly number[]): Buffer[] {
  const places = [...where.map((cut) => Math.floor(cut * bytes.length)), bytes.length].sort((a, b) => a - b)
  let from = 0
  return places.map((to) => {
    const piece = bytes.subarray(from, to)
    from = to
    return piece
  })
}
