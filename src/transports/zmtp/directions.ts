/** Both directions of a connection whose handshake is done: which frames a pattern reads and writes, and commands between. */
import type { ProtocolIdentity } from '../../core/peer.ts'
import type { Channel, Directions } from '../stream/wire.ts'
import { type Assembly, BodyAssembly } from './assembly.ts'
import { type CommandHandlers, encodePing, obey } from './commands.ts'
import { type Decoding, ZmtpDecoder } from './decoder.ts'
import { delimiter, unpackEnvelope, wordFrames } from './envelope.ts'
import { Heartbeat } from './heartbeat.ts'
import type { Cipher } from './mechanisms/mechanism.ts'
import type { ZmtpOptions } from './options.ts'
import { anyEnvelope, EnvelopeAssembly, LoneRequest, LoneWriter, ownEnvelope } from './replies.ts'
import { SealedDecoder, SealedWriter } from './sealed.ts'
import { AnnouncedTopics, SubscriptionAssembly, WantedTopics } from './subscriptions.ts'
import { TableAssembly } from './tables.ts'
import { ClearWriter, type FrameWriter, type Layout } from './writer.ts'

/** What the handshake agreed on. */
export interface Agreement {
  readonly protocol: ProtocolIdentity
  readonly options: ZmtpOptions
  /** Minor version in force. */
  readonly minor: number
  readonly cipher: Cipher | undefined
}

/** One pattern on one connection. */
interface Pattern {
  readonly layout: Layout
  readonly assembly: Assembly
  readonly topics?: AnnouncedTopics | WantedTopics
  readonly lone?: LoneRequest
  /** PUB: notes a subscription; returns what is wrong with it. */
  readonly subscribe?: (topic: Uint8Array, wanted: boolean) => string | undefined
}

/** Answers to PINGs are left out while more than this waits to be written. */
const answerLimit = 65536

export function openDirections(channel: Channel, agreement: Agreement): Directions {
  const { stream, sendBuffer, recvMaxSize, sink, onRoom } = channel
  const { options, cipher } = agreement
  const pattern = patternOf(channel, agreement, (bytes, command) => {
    if (command) writer.command(bytes)
    else writer.aside(bytes)
  })
  const { layout, assembly, topics, lone } = pattern
  const room = lone === undefined ? onRoom : () => lone.room()
  const writer: FrameWriter =
    cipher === undefined
      ? new ClearWriter(stream, sendBuffer, room, layout)
      : new SealedWriter(stream, sendBuffer, room, layout, cipher)
  const heartbeat = new Heartbeat(stream)
  const deaf = (): boolean => decoder.paused
  const handlers: CommandHandlers = {
    heartbeat,
    deaf,
    answer: (command) => writer.pendingBytes < answerLimit && writer.command(command),
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

function patternOf(
  { sink, onRoom }: Channel,
  { protocol, options, minor }: Agreement,
  announce: (bytes: Uint8Array, command: boolean) => void
): Pattern {
  const joins = (options.multipart ?? (protocol.self === 0x21 ? 'join' : 'refuse')) === 'join'
  const body = new BodyAssembly(sink, joins)
  switch (protocol.self) {
    case 0x20: {
      const topics = new WantedTopics()
      const subscribe = (topic: Uint8Array, wanted: boolean): string | undefined => {
        if (wanted) return topics.add(topic)
        topics.remove(topic)
        return undefined
      }
      return { layout: 'plain', assembly: new SubscriptionAssembly(sink, subscribe), topics, subscribe }
    }
    case 0x21: {
      const topics = new AnnouncedTopics({ announce }, minor >= 1)
      return { layout: 'plain', assembly: new BodyAssembly(sink, joins, () => topics.topics), topics }
    }
    case 0x30: {
      if (options.requestId !== false) {
        return { layout: { leading: wordFrames }, assembly: new EnvelopeAssembly(sink, body, ownEnvelope) }
      }
      const lone = new LoneRequest(onRoom)
      const assembly = new EnvelopeAssembly(sink, body, lone.envelope, () => lone.replied())
      return { layout: { leading: () => delimiter }, assembly, lone }
    }
    case 0x31:
      return { layout: { leading: unpackEnvelope }, assembly: new EnvelopeAssembly(sink, body, anyEnvelope) }
    case 0x10005:
    case 0x10006:
      return { layout: 'table', assembly: new TableAssembly(sink) }
    default:
      return { layout: 'plain', assembly: body }
  }
}
