/**
 * SUB: receives what begins with a subscribed topic. Filtering happens on arrival, in a radix tree, before anything is
 * allocated for a message; what nobody subscribed to fills no buffer and wakes no call. sp-publish-subscribe.
 */
import type { SocketContext } from '../../core/context.ts'
import { SpError } from '../../core/errors.ts'
import type { Incoming } from '../../core/incoming.ts'
import type { Message } from '../../core/message.ts'
import { RecvSocket } from '../../core/messaging.ts'
import type { CodecOption, SocketOptions, SubOnlyOptions } from '../../core/options.ts'
import type { Pipe } from '../../core/pipe.ts'
import { type Body, platform } from '../../core/platform.ts'
import type { Protocol, ProtocolDefinition } from '../../core/protocol.ts'
import { rawShape } from '../../core/raw.ts'
import { Inbox } from '../../core/routing/inbox.ts'
import { type OptionRule, option, show } from '../../core/rules.ts'
import { cookedShape, type Shape } from '../../core/shape.ts'
import { RadixTree } from '../../core/topics/radix-tree.ts'

class SubProtocol implements Protocol {
  readonly receiver: Inbox
  readonly #context: SocketContext
  readonly #topics = new RadixTree()
  /** Pipes on which topics travel upstream. */
  readonly #filters: Set<Pipe> = new Set()

  constructor(context: SocketContext) {
    this.#context = context
    this.receiver = new Inbox(context)
  }

  subscribe(topic: Uint8Array): void {
    this.#context.assertOpen()
    if (this.#topics.add(topic)) for (const { filter } of this.#filters) filter?.add(topic)
  }

  unsubscribe(topic: Uint8Array): boolean {
    this.#context.assertOpen()
    const { size } = this.#topics
    if (!this.#topics.remove(topic)) return false
    if (this.#topics.size < size) for (const { filter } of this.#filters) filter?.remove(topic)
    this.receiver.prune(
      (body) => this.#topics.match(body, 0, body.length),
      (pipe, size) => this.#context.drop('unsubscribed', pipe, size)
    )
    return true
  }

  attach(pipe: Pipe): void {
    if (this.#context.options.overflow !== 'wait') pipe.intake?.keepReading()
    if (pipe.filter === undefined) return
    this.#filters.add(pipe)
    pipe.filter.announce(this.#topics)
  }

  detach(pipe: Pipe): void {
    this.#filters.delete(pipe)
    this.receiver.detach(pipe)
  }

  writable(): void {}

  receive(pipe: Pipe, message: Incoming): void {
    // A body that a raw PUB sent over inproc with a header comes in two parts.
    const whole = message.size === message.end - message.start ? undefined : message.body()
    const wanted =
      whole === undefined
        ? this.#topics.match(message.bytes, message.start, message.end)
        : this.#topics.match(whole, 0, whole.length)
    if (!wanted) {
      this.#context.messagesFiltered++
      pipe.messagesFiltered++
    } else if (this.#room(pipe, message.size)) this.receiver.take(pipe, message)
  }

  close(): void {
    this.receiver.close()
    this.#topics.clear()
  }

  /** Applies `overflow`; false when the new message is the one to drop. */
  #room(pipe: Pipe, size: number): boolean {
    const { overflow } = this.#context.options
    if (overflow === 'wait' || !pipe.intake?.full) return true
    if (overflow === 'drop-newest') {
      this.#context.drop('overflow', pipe, size)
      return false
    }
    const dropped = (from: Pipe, bytes: number): void => this.#context.drop('overflow', from, bytes)
    while (pipe.intake?.full && this.receiver.dropOldest(pipe, dropped));
    return true
  }
}

export const subOptions: Record<keyof SubOnlyOptions, OptionRule> = {
  overflow: option('wait', {
    allowed: "'wait', 'drop-oldest', 'drop-newest'",
    accepts: (v) => v === 'wait' || v === 'drop-oldest' || v === 'drop-newest'
  })
}

const definition: ProtocolDefinition<SubProtocol> = {
  name: 'sub',
  self: 0x21,
  peer: 0x20,
  peerName: 'pub',
  options: subOptions,
  create: (context) => new SubProtocol(context)
}

/** What SUB and its raw twin have beyond receiving. */
abstract class Subscriber<In> extends RecvSocket<In, SubProtocol> {
  constructor(shape: Shape<never, In>, options: unknown) {
    super(definition, shape, options)
  }

  /**
   * Receives messages that begin with `topic` (UTF-8 or bytes; empty = everything). Subscriptions are counted: two
   * subscribes need two unsubscribes. Throws `EINVAL`, `EBADF`. nanomsg: NN_SUB_SUBSCRIBE.
   */
  subscribe(topic: string | Uint8Array): void {
    this.engine.subscribe(topicBytes(topic))
  }

  /**
   * Takes one subscription back; false when there is none. Messages that are queued and match nothing any more are
   * discarded; no other topic is touched. Throws `EINVAL`, `EBADF`. nanomsg: NN_SUB_UNSUBSCRIBE.
   */
  unsubscribe(topic: string | Uint8Array): boolean {
    return this.engine.unsubscribe(topicBytes(topic))
  }
}

/**
 * Receives what it subscribed to.
 *
 * @example
 * await using sub = new Sub()
 * sub.subscribe('weather/')
 * sub.connect('tcp://127.0.0.1:5555')
 * for await (const message of sub) show(message)
 */
export class Sub<In = Body> extends Subscriber<In> {
  constructor(options?: SocketOptions & SubOnlyOptions & CodecOption<never, In>) {
    super(cookedShape(options), options)
  }
}

/** SUB that says which pipe a message came from. It filters as SUB does: a forwarder subscribes it to ''. */
export class RawSub extends Subscriber<Message> {
  constructor(options?: SocketOptions & SubOnlyOptions) {
    super(rawShape, options)
  }
}

function topicBytes(topic: unknown): Uint8Array {
  if (typeof topic === 'string') return platform.encode(topic)
  if (topic instanceof Uint8Array) return topic
  throw new SpError('EINVAL', { message: `a topic is a string or a Uint8Array, not ${show(topic)}` })
}
