/** Bodies of an application as bytes and back: by the codec of the cluster, or as they are. */
import type { Body, BodyInput, Codec } from 'hubless'
import { invalid, show } from '../rules.ts'

export interface Bytes<Out, In> {
  /** Throws `EINVAL`, or what the codec throws. */
  encode(value: Out): Body
  /** Throws what the codec throws, and for `undefined`. */
  decode(body: Body): In
}

export function bytesOf<Out, In>(codec: Codec<Out, In> | undefined): Bytes<Out, In> {
  if (codec === undefined) return { encode: (value) => toBytes(value), decode: (body) => body as In }
  return {
    encode: (value) => toBytes(codec.encode(value)),
    decode: (body) => {
      const value = codec.decode(body)
      if (value === undefined) throw invalid('the codec returned undefined')
      return value
    }
  }
}

/** Nothing is copied: the bytes belong to the cluster from now on. */
function toBytes(body: unknown): Body {
  if (typeof body === 'string') return Buffer.from(body) as Body
  if (Buffer.isBuffer(body)) return body as Body
  if (ArrayBuffer.isView(body)) return Buffer.from(body.buffer as ArrayBuffer, body.byteOffset, body.byteLength) as Body
  if (body instanceof ArrayBuffer) return Buffer.from(body) as Body
  throw invalid(`a body is a string, ArrayBufferView or ArrayBuffer, not ${show(body satisfies unknown as BodyInput)}`)
}
