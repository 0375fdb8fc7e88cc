/**
 * Subscriptions travel upstream: SUB announces each prefix once, PUB sends a peer what begins with one of its prefixes. RFC
 * 29. Peers of ZMTP 3.1 take commands, older ones messages that begin with 01 or 00. A peer may announce a prefix more than
 * once, and cancels it as often.
 */
import { platform } from '../../core/platform.ts'
import type { TopicFilter } from '../../core/topics/filter.ts'
import { RadixTree } from '../../core/topics/radix-tree.ts'
import { topicsOf } from '../../core/topics/topics-of.ts'
import type { FrameSink } from '../stream/wire.ts'
import type { Assembly } from './assembly.ts'
import { encodeCommand } from './frames.ts'

/** Bytes of a topic that a peer may subscribe to. */
export const longestTopic = 65536
/** Subscriptions that one peer may have, and their bytes together. */
const mostTopics = 100_000
const mostTopicBytes = 8 * 1048576

/** So many are compared one by one; a tree for each peer that has but a few would be memory for nothing. */
const few = 8

/** How what SUB announces goes on the wire. */
export interface Announcer {
  /** A command, where `commands`; otherwise a message. */
  announce(bytes: Uint8Array, command: boolean): void
}

/** SUB: what the peer is told. */
export class AnnouncedTopics implements TopicFilter {
  /** Those of the socket, once it took part. */
  topics: RadixTree | undefined
  readonly #to: Announcer
  readonly #commands: boolean

  constructor(to: Announcer, commands: boolean) {
    this.#to = to
    this.#commands = commands
  }

  announce(topics: RadixTree): void {
    this.topics = topics
    for (const topic of topicsOf(topics)) this.add(topic)
  }

  add(topic: Uint8Array): void {
    this.#say('SUBSCRIBE', 1, topic)
  }

  remove(topic: Uint8Array): void {
    this.#say('CANCEL', 0, topic)
  }

  wants(): boolean {
    return true
  }

  #say(command: string, flag: number, topic: Uint8Array): void {
    const bytes = this.#commands ? encodeCommand(command, topic) : Buffer.concat([Buffer.from([flag]), topic])
    this.#to.announce(bytes, this.#commands)
  }
}

/** PUB: what the peer wants. */
export class WantedTopics implements TopicFilter {
  #count = 0
  #bytes = 0
  /** Times that the empty topic is subscribed to, which matches everything. */
  #all = 0
  /** The others: a few, or more in a tree. */
  #few: Uint8Array[] = []
  #many: RadixTree | undefined

  announce(): void {}

  /** Returns what is wrong with it, if anything. */
  add(topic: Uint8Array): string | undefined {
    if (topic.length > longestTopic) return `a topic of more than ${longestTopic} bytes`
    if (this.#count >= mostTopics || this.#bytes + topic.length > mostTopicBytes) {
      return `more than ${mostTopics} subscriptions or ${mostTopicBytes} bytes of them`
    }
    this.#count++
    this.#bytes += topic.length
    if (topic.length === 0) this.#all++
    else if (this.#many !== undefined) this.#many.add(topic)
    else {
      this.#few.push(new Uint8Array(topic))
      if (this.#few.length > few) this.#plant()
    }
    return undefined
  }

  remove(topic: Uint8Array): void {
    if (!this.#forget(topic)) return
    this.#count--
    this.#bytes -= topic.length
  }

  wants(header: Uint8Array, body: Uint8Array): boolean {
    if (this.#all > 0) return true
    if (this.#count === 0) return false
    const bytes = header.length === 0 ? body : Buffer.concat([header, body])
    if (this.#many !== undefined) return this.#many.match(bytes, 0, bytes.length)
    for (const topic of this.#few) if (beginsWith(bytes, topic)) return true
    return false
  }

  #forget(topic: Uint8Array): boolean {
    if (topic.length === 0) {
      if (this.#all === 0) return false
      this.#all--
      return true
    }
    if (this.#many !== undefined) return this.#many.remove(topic)
    const at = this.#few.findIndex((one) => one.length === topic.length && beginsWith(topic, one))
    if (at < 0) return false
    this.#few.splice(at, 1)
    return true
  }

  #plant(): void {
    this.#many = new RadixTree()
    for (const topic of this.#few) this.#many.add(topic)
    this.#few = []
  }
}

function beginsWith(bytes: Uint8Array, topic: Uint8Array): boolean {
  if (topic.length > bytes.length) return false
  for (let i = 0; i < topic.length; i++) if (bytes[i] !== topic[i]) return false
  return true
}

/** PUB: what comes are subscriptions as messages, or messages that the pattern will not take. */
export class SubscriptionAssembly implements Assembly {
  readonly #sink: FrameSink
  readonly #subscribe: (topic: Uint8Array, wanted: boolean) => string | undefined
  #inside = false

  /** `subscribe` returns what is wrong with a subscription. */
  constructor(sink: FrameSink, subscribe: (topic: Uint8Array, wanted: boolean) => string | undefined) {
    this.#sink = sink
    this.#subscribe = subscribe
  }

  frame(more: boolean, bytes: Uint8Array, start: number, end: number): void {
    const first = end > start && !this.#inside ? (bytes[start] as number) : -1
    const alone = !more && !this.#inside
    this.#inside = more
    if (alone && (first === 0 || first === 1)) {
      const wrong = this.#subscribe(bytes.subarray(start + 1, end), first === 1)
      if (wrong !== undefined) this.#sink.malformed(new Error(wrong))
    } else if (!more) this.#sink.parts(platform.empty, bytes.subarray(start, end))
  }
}
