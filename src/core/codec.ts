/** The interface of codecs; implementations are in `hubless/codecs`. */
import type { BodyInput } from './body.ts'
import type { Body } from './platform.ts'

/** Turns values into bodies and back. Both functions may throw: `encode` to the sender, `decode` into a counted drop. */
export interface Codec<Out = unknown, In = Out> {
  /** What is sent for a value. Throw for one that cannot be sent: the call rejects with it. */
  encode(value: Out): BodyInput
  /** `undefined` counts as undecodable, since `tryRecv` could not tell it from nothing. */
  decode(body: Body): In
}
