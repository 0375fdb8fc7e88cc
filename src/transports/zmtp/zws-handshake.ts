/** The handshake of ZWS: commands in messages of their own, or two identities where there is no mechanism. */
import { noBytes } from '../../core/incoming.ts'
import type { RejectReason } from '../../core/reasons.ts'
import { type SendLimit, unlimited } from '../stream/allowance.ts'
import type { Channel, Directions, Session, SessionInfo } from '../stream/wire.ts'
import { type Answering, WsDecoder } from '../ws/decoder.ts'
import { defaultInterval, keepAlive } from '../ws/session.ts'
import { answerBy, obey } from './commands.ts'
import { sealOverhead } from './curve/cipher.ts'
import { Handshake, type HandshakeOptions, longestCommand } from './handshake.ts'
import { Heartbeat } from './heartbeat.ts'
import { BareMechanism } from './mechanisms/bare.ts'
import { Misbehaviour } from './mechanisms/mechanism.ts'
import { patternOf } from './patterns.ts'
import { LoneWriter } from './replies.ts'
import { WantedTopics } from './subscriptions.ts'
import type { Layout } from './writer.ts'
import { ZwsReceiver } from './zws-receiver.ts'
import { ZwsWriter } from './zws-writer.ts'

export class ZwsHandshake extends Handshake {
  readonly #masked: boolean
  readonly #receiver: ZwsReceiver
  readonly #decoder: WsDecoder
  #writer: ZwsWriter

  constructor(options: HandshakeOptions) {
    super(options)
    this.#masked = this.greeting.role === 'connect'
    this.#writer = this.#newWriter(unlimited, () => {}, 'plain')
    this.#receiver = new ZwsReceiver({
      command: (bytes) => this.#heard(bytes, false),
      frame: (_more, bytes, start, end) => void this.#heard(bytes.subarray(start, end) as Buffer, true),
      malformed: (cause) => this.#giveUp('malformed-hello', cause?.message ?? 'the peer breaks RFC 6455'),
      tooBig: (size) => this.#giveUp('malformed-hello', `a message of ${size} bytes in the handshake`),
      farewell: () => this.#giveUp('closed', 'the peer closed the connection in the handshake')
    })
    const answering: Answering = {
      pong: (payload) => this.#writer.pong(payload),
      close: (code) => this.#writer.close(code)
    }
    const { recvMaxSize, ws } = this.greeting.options
    const limit = Math.max(recvMaxSize, longestCommand) + 1 + (this.mechanism.name === 'CURVE' ? sealOverhead : 0)
    this.#decoder = new ZwsDecoder(
      { masked: !this.#masked, limit, maxFragments: ws?.maxFragments },
      answering,
      this.#receiver
    )
  }

  /** `bytes` came after the upgrade. */
  begin(bytes: Uint8Array): void {
    this.agree(0)
    if (this.over) return
    if (bytes.length > 0) this.stream.unshift(bytes)
    this.stream.resume()
  }

  session(info: SessionInfo): Session {
    return { info, rest: noBytes, open: (channel) => this.#open(channel) }
  }

  protected override get rest(): Uint8Array {
    return noBytes
  }

  protected override read(chunk: Buffer): void {
    this.#decoder.push(chunk)
  }

  protected override say(command: Uint8Array): void {
    if (this.mechanism instanceof BareMechanism) this.#writer.aside(command)
    else this.#writer.command(command)
    this.#writer.flush()
  }

  /** What else came is not understood any more. */
  #giveUp(reason: RejectReason, message: string): void {
    this.#decoder.stop()
    this.fail(reason, message)
  }

  #heard(bytes: Buffer, isMessage: boolean): undefined {
    if (isMessage !== this.mechanism instanceof BareMechanism) {
      throw new Misbehaviour(
        isMessage ? 'a message before the handshake was done' : 'a command where an identity must come'
      )
    }
    if (bytes.length > longestCommand) throw new Misbehaviour(`a command of ${bytes.length} bytes in the handshake`)
    // What follows is for after the verdict, or for the connection, which goes on when it takes over.
    this.#decoder.pause()
    if (isMessage) this.take(this.mechanism.receive({ name: '', data: bytes }))
    else this.obey(bytes)
    if (this.securing) this.#decoder.resume()
    return undefined
  }

  #newWriter(limit: SendLimit, onRoom: () => void, layout: Layout): ZwsWriter {
    const options = { masked: this.#masked, type: 'binary', limit } as const
    return new ZwsWriter(this.stream, options, onRoom, layout, this.mechanism.cipher)
  }

  #open(channel: Channel): Directions {
    const { stream, limit, recvMaxSize, sink, onRoom } = channel
    const { protocol, options } = this.greeting
    const agreement = { protocol, options: options.zmtp ?? {}, minor: 0, cipher: this.mechanism.cipher }
    const { layout, assembly, topics, lone, subscribe } = patternOf(channel, agreement, (bytes) => writer.aside(bytes))
    const writer = this.#newWriter(limit, lone === undefined ? onRoom : () => lone.room(), layout)
    this.#writer = writer
    const decoder = this.#decoder
    const heartbeat = new Heartbeat(stream)
    const handlers = {
      heartbeat,
      deaf: () => stream.isPaused(),
      answer: answerBy(writer),
      subscribe: topics instanceof WantedTopics ? subscribe : undefined
    }
    const command = (bytes: Buffer): string | undefined => {
      heartbeat.heard()
      return obey(bytes, handlers)
    }
    this.#receiver.connect(sink, assembly, recvMaxSize, command, this.mechanism.cipher)
    keepAlive(stream, decoder, writer, options.ws?.pingInterval ?? defaultInterval)
    return { decoder, writer: lone === undefined ? writer : new LoneWriter(writer, lone), filter: topics }
  }
}

/** What came behind the handshake waits in it until the connection takes over, which begins with no bytes. */
class ZwsDecoder extends WsDecoder {
  override push(chunk: Uint8Array): void {
    if (chunk.length === 0) this.resume()
    else super.push(chunk)
  }
}
