/** Both directions of a connection on a stream of bytes whose handshake is done, and commands between messages. */
import type { Channel, Directions } from '../stream/wire.ts'
import { answerBy, type CommandHandlers, encodePing, obey } from './commands.ts'
import { type Decoding, ZmtpDecoder } from './decoder.ts'
import { Heartbeat } from './heartbeat.ts'
import { type Agreement, patternOf } from './patterns.ts'
import { LoneWriter } from './replies.ts'
import { SealedDecoder, SealedWriter } from './sealed.ts'
import { ClearWriter, type FrameWriter } from './writer.ts'

export function openDirections(channel: Channel, agreement: Agreement): Directions {
  const { stream, limit, recvMaxSize, sink, onRoom } = channel
  const { options, cipher } = agreement
  const pattern = patternOf(channel, agreement, (bytes, command) => {
    if (command) writer.command(bytes)
    else writer.aside(bytes)
  })
  const { layout, assembly, topics, lone } = pattern
  const room = lone === undefined ? onRoom : () => lone.room()
  const writer: FrameWriter =
    cipher === undefined
      ? new ClearWriter(stream, limit, room, layout)
      : new SealedWriter(stream, limit, room, layout, cipher)
  const heartbeat = new Heartbeat(stream)
  const deaf = (): boolean => decoder.paused
  const handlers: CommandHandlers = {
    heartbeat,
    deaf,
    answer: answerBy(writer),
    subscribe: pattern.subscribe
  }
  const decoding: Decoding = {
    sink,
    limit: recvMaxSize,
    heartbeat,
    assembly,
    command: (bytes) => obey(bytes, handlers)
  }
  const decoder = cipher === undefined ? new ZmtpDecoder(decoding) : new SealedDecoder(decoding, cipher)
  if (options.heartbeat !== undefined) {
    heartbeat.start(options.heartbeat, (tenths) => writer.command(encodePing(tenths)), deaf)
  }
  return { decoder, writer: lone === undefined ? writer : new LoneWriter(writer, lone), filter: topics }
}
