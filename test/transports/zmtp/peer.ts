/** A ZeroMQ peer made by hand: greeting, READY and frames as bytes. */
import { Pull } from 'hubless'
import 'hubless/zmtp'
import { encodeCommand, encodeFrame } from '../../../src/transports/zmtp/frames.ts'
import { encodeMetadata } from '../../../src/transports/zmtp/metadata.ts'
import { type BytePeer, connectBytes, hex } from '../../helpers/bytes.ts'
import { nextEvent, track } from '../../helpers/sockets.ts'

export const any = 'zmtp+tcp://127.0.0.1:0'

/** The greeting of ZMTP 3.1 with a mechanism. */
export const greeting = (mechanism = 'NULL', version = '03 01'): Buffer =>
  Buffer.concat([
    hex('ff 00 00 00 00 00 00 00 01 7f'),
    hex(version),
    Buffer.from(mechanism.padEnd(20, '\0'), 'latin1'),
    Buffer.alloc(32)
  ])

export const command = (name: string, ...data: Uint8Array[]): Buffer => encodeFrame(4, encodeCommand(name, ...data))
export const ready = (type: string, more: Record<string, string | Uint8Array> = {}): Buffer =>
  command('READY', encodeMetadata({ 'Socket-Type': type, ...more }))

export const connect = (url: string): Promise<BytePeer> => connectBytes(url.replace('zmtp+', ''))

/** A bound PULL and a client of it that has shaken hands as PUSH; the client has read nothing yet. */
export async function served(pull = new Pull()): Promise<{ pull: Pull; url: string; peer: BytePeer }> {
  const listener = await track(pull).bind(any)
  const attached = nextEvent(pull, 'attach')
  const peer = await connect(listener.url)
  peer.send(Buffer.concat([greeting(), ready('PUSH')]))
  await attached
  return { pull, url: listener.url, peer }
}
