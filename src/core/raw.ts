/** The shape of raw sockets: header and body apart, both as bytes. Devices forward what they receive unchanged. */
import { type BodyInput, toBytes } from './body.ts'
import { SpError } from './errors.ts'
import { noBytes } from './incoming.ts'
import type { Message } from './message.ts'
import type { Body } from './platform.ts'
import { Port } from './port.ts'
import type { Shape } from './shape.ts'

/** What a raw socket sends. A received message can be sent as it is. */
export interface RawMessage {
  /** The protocol header; copied by `send`. Default: empty. */
  readonly header?: Uint8Array | undefined
  /** Belongs to hubless from `send` on. */
  readonly body: BodyInput
}

const openMessage = (body: Body, header: Body, pipe: Message['pipe']): Message => ({ body, header, pipe })

/** The shape of raw sockets: header and body as they are. */
export const rawShape: Shape<RawMessage, Message> = {
  port: Port,
  header: (message: unknown) => {
    if (typeof message !== 'object' || message === null) {
      throw new SpError('EINVAL', { message: 'a raw socket sends { header, body }' })
    }
    const header = (message as { header?: unknown }).header
    if (header === undefined) return noBytes
    if (header instanceof Uint8Array) return header
    throw new SpError('EINVAL', { message: 'the header of a raw message is a Uint8Array' })
  },
  body: (message) => toBytes(message.body),
  open: openMessage,
  openMessage
}
