/** Which frames a pattern reads and writes. The one place of this transport that knows patterns. */
import type { ProtocolIdentity } from '../../core/peer.ts'
import type { Channel } from '../stream/wire.ts'
import { type Assembly, BodyAssembly } from './assembly.ts'
import { delimiter, unpackEnvelope, wordFrames } from './envelope.ts'
import type { Cipher } from './mechanisms/mechanism.ts'
import type { ZmtpOptions } from './options.ts'
import { anyEnvelope, EnvelopeAssembly, LoneRequest, ownEnvelope } from './replies.ts'
import { AnnouncedTopics, SubscriptionAssembly, WantedTopics } from './subscriptions.ts'
import { TableAssembly } from './tables.ts'
import type { Layout } from './writer.ts'

/** What the handshake agreed on. */
export interface Agreement {
  readonly protocol: ProtocolIdentity
  readonly options: ZmtpOptions
  /** Minor version in force. */
  readonly minor: number
  readonly cipher: Cipher | undefined
}

/** One pattern on one connection. */
export interface Pattern {
  readonly layout: Layout
  readonly assembly: Assembly
  readonly topics?: AnnouncedTopics | WantedTopics
  readonly lone?: LoneRequest
  /** PUB: notes a subscription; returns what is wrong with it. */
  readonly subscribe?: (topic: Uint8Array, wanted: boolean) => string | undefined
}

/** `announce` sends a subscription. */
export function patternOf(
  { sink, onRoom }: Pick<Channel, 'sink' | 'onRoom'>,
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
