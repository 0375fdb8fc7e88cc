/**
 * What may be sent, and its one conversion to bytes. Views keep their own offset and length; nothing is copied, so the
 * bytes belong to hubless (over inproc: to the receiver) from the moment they are sent.
 */
import { type Body, platform } from './platform.ts'
import { notAllowed } from './rules.ts'

/** An outgoing body. Strings are sent as UTF-8. */
export type BodyInput = string | ArrayBufferView | ArrayBuffer

/** Throws `EINVAL` for anything that is not a body, and for one whose bytes were transferred: in pages a `TypeError`. */
export function toBytes(body: unknown): Body {
  if (typeof body === 'string') return platform.encode(body)
  if (ArrayBuffer.isView(body)) {
    const own = Object.getPrototypeOf(body) === Object.getPrototypeOf(platform.empty)
    if (own && body.byteLength) return body as Body
    // Throws where its bytes were transferred.
    const view = platform.view(body.buffer as ArrayBuffer, body.byteOffset, body.byteLength)
    return own ? (body as Body) : view
  }
  if (body instanceof ArrayBuffer) return platform.view(body, 0, body.byteLength)
  throw notAllowed('a body', body, 'a string, ArrayBufferView or ArrayBuffer')
}

/** Two stretches of bytes as one; the second itself where the first is empty. */
export function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  if (first.length === 0) return second
  const bytes = platform.allocate(first.length + second.length)
  bytes.set(first, 0)
  bytes.set(second, first.length)
  return bytes
}

/** Bytes of their own. */
export function copied(bytes: Uint8Array): Body {
  const copy = platform.allocate(bytes.length)
  copy.set(bytes)
  return copy
}
