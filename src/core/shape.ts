/** How a socket turns what the application handles into header and body, and back. */
import { type BodyInput, toBytes } from './body.ts'
import type { Codec } from './codec.ts'
import { noBytes } from './incoming.ts'
import type { Message } from './message.ts'
import type { CodecOption, SocketOptions } from './options.ts'
import { type Body, platform } from './platform.ts'
import type { Port } from './port.ts'
import type { Open } from './protocol.ts'
import { atOnce } from './thrown.ts'

/** How a socket turns what the application handles into header and body, and back. */
export interface Shape<Out, In> {
  /** The header that is sent with a message; empty for cooked sockets. */
  header(message: Out): Uint8Array
  /** Throws `EINVAL` for what cannot be sent. */
  body(message: Out): Body
  /** Raw sockets, where headers are the application's business: takes sending and receiving over. */
  readonly port?: typeof Port
  /** Makes what `recv` resolves to. */
  readonly open: Open<In>
  /** Makes what `recvMessage` resolves to. */
  readonly openMessage: Open<Message<unknown>>
}

const asItIs = <T>(value: T): T => value
const noCodec: Codec<BodyInput, Body> = { encode: asItIs, decode: asItIs }

/** The shape of cooked sockets: bodies as bytes, or as values where there is a codec. */
export function cookedShape<Out, In>(options: (SocketOptions & CodecOption<Out, In>) | undefined): Shape<Out, In> {
  const codec = options?.codec ?? (noCodec as unknown as Codec<Out, In>)
  return {
    header: () => noBytes,
    body: (value) => toBytes(atOnce(codec.encode(value))),
    open: (body) => codec.decode(body),
    openMessage: (body, _header, pipe) => {
      const value = codec.decode(body)
      return value === undefined ? (undefined as never) : { body: value, header: platform.empty, pipe }
    }
  }
}
