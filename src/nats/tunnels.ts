/**
 * What tunnels are made of over NATS: two subjects, one at each end. NATS may lose what it carries, so frames are
 * numbered, and a gap ends the tunnel with an error. The credits of the tunnel bound what is under way.
 *
 *   caller   request to base.tunnel.<name>, reply <inbox>.<n>.<ms>        its frames come to <inbox>.<n>.<ms>.f
 *   member   answer with reply <its inbox>.tunnel.<m>                     its frames come there
 *   frame    4 bytes of number, then the frame; nothing after the number: closed
 */

import { type Body, SpError } from 'hubless'
import type { Desk, EngineHost, OutgoingCall, TunnelCarrier, TunnelSink } from 'hubless/cluster'
import { failureMessage, fieldsOf, header } from './answers.ts'
import type { Calls } from './calls.ts'
import type { Connection } from './connection.ts'
import { bodyOf, type Msg } from './package.ts'
import type { Peers, Watcher } from './peers.ts'
import { SingleCall } from './single-call.ts'
import { lastToken, readReply, type Subjects } from './subjects.ts'

const numberSize = 4
const largestFrame = 65_536 + 64
/** Frames before the tunnel's owner looks: the other end may send START and nothing more. */
const maxEarly = 8
const none = Buffer.alloc(0) as Body

class NatsCarrier implements TunnelCarrier, Watcher {
  readonly peer: string
  readonly maxFrame: number
  readonly key: string
  readonly #tunnels: Tunnels
  readonly #target: string
  #sink: TunnelSink | undefined
  #early: Body[] = []
  #loss: { readonly error: SpError } | undefined
  #sent = 0
  #expected = 0
  #waits = false

  constructor(tunnels: Tunnels, key: string, peer: string, target: string, maxFrame: number) {
    this.#tunnels = tunnels
    this.key = key
    this.peer = peer
    this.#target = target
    this.maxFrame = maxFrame
  }

  send(head: Uint8Array, body: Body): boolean {
    if (this.#tunnels.carriers.get(this.key) !== this) return true
    const bytes = Buffer.allocUnsafe(numberSize + head.length + body.length)
    bytes.writeUInt32BE(this.#sent++ >>> 0)
    bytes.set(head, numberSize)
    bytes.set(body, numberSize + head.length)
    const { connection } = this.#tunnels
    connection.publish(this.#target, bytes)
    if (connection.hasRoom) return true
    if (!this.#waits) void this.#wait()
    return false
  }

  start(sink: TunnelSink): void {
    this.#sink = sink
    const early = this.#early
    this.#early = []
    // Not from inside the constructor of the tunnel.
    queueMicrotask(() => {
      for (const frame of early) sink.frame(frame)
      if (this.#loss !== undefined) sink.lost(this.#loss.error)
    })
  }

  close(): void {
    if (!this.#tunnels.remove(this)) return
    const bytes = Buffer.allocUnsafe(numberSize)
    bytes.writeUInt32BE(this.#sent >>> 0)
    this.#tunnels.connection.publish(this.#target, bytes)
  }

  arrived(message: Msg): void {
    const bytes = bodyOf(message)
    if (bytes.length < numberSize || bytes.readUInt32BE(0) !== this.#expected++ >>> 0) {
      return void this.#lost('a frame of the tunnel was lost on its way through NATS')
    }
    if (bytes.length === numberSize) return void this.#lost('the other end closed the tunnel')
    const frame = bytes.subarray(numberSize) as Body
    if (this.#sink !== undefined) this.#sink.frame(frame)
    else if (this.#early.length < maxEarly) this.#early.push(frame)
  }

  gone(): void {
    this.#lost('the instance at the other end is gone')
  }

  /** It may wake up again, and nothing is lost until then. */
  silent(): void {}

  ended(): void {
    this.#lost('the connection to NATS ended')
  }

  #lost(message: string): void {
    this.close()
    const error = new SpError('ECONNRESET', { message })
    this.#loss = { error }
    if (this.#early.length === 0) this.#sink?.lost(error)
  }

  async #wait(): Promise<void> {
    this.#waits = true
    await this.#tunnels.connection.room()
    this.#waits = false
    this.#sink?.writable()
  }
}

export class Tunnels {
  readonly connection: Connection
  readonly carriers: Map<string, NatsCarrier> = new Map()
  readonly #host: EngineHost
  readonly #subjects: Subjects
  readonly #peers: Peers
  #number = 0

  constructor(host: EngineHost, connection: Connection, subjects: Subjects, peers: Peers) {
    this.#host = host
    this.connection = connection
    this.#subjects = subjects
    this.#peers = peers
  }

  open(calls: Calls, name: string, call: OutgoingCall): Promise<TunnelCarrier> {
    return new Promise((resolve, reject) => {
      const read = (message: Msg): TunnelCarrier => {
        const peer = message.headers?.get(header.from) ?? ''
        const key = message.subject.slice(this.#subjects.inbox.length)
        return this.#add(`${key}.f`, peer, message.reply)
      }
      new SingleCall(calls, name, this.#subjects.tunnel(name), none, call, read, resolve, reject).start()
    })
  }

  /** Somebody asks for a tunnel to a service of this instance. */
  accept(desk: Desk, message: Msg): void {
    const { reply } = message
    const caller = reply === '' ? undefined : readReply(reply)
    if (reply === '' || caller === undefined) return void this.#host.dropped('malformed')
    const key = `tunnel.${++this.#number}`
    const failure = desk.accept(caller.from, () => {
      const fields = fieldsOf(header.from, this.#host.id)
      this.connection.publish(reply, none, { reply: `${this.#subjects.inbox}${key}`, headers: fields })
      return this.#add(key, caller.from, `${reply}.f`)
    })
    if (failure === undefined) return
    const { headers, body } = failureMessage(failure)
    this.connection.publish(reply, body, { headers })
  }

  /** A frame to the own inbox. */
  message(key: string, message: Msg): void {
    this.carriers.get(key)?.arrived(message)
  }

  /** It was opened for a caller that did not wait for it. */
  refuse({ reply }: Msg): void {
    if (reply !== '') this.connection.publish(reply, Buffer.alloc(numberSize))
  }

  remove(carrier: NatsCarrier): boolean {
    if (this.carriers.get(carrier.key) !== carrier) return false
    this.carriers.delete(carrier.key)
    this.#peers.leave(carrier.peer, carrier)
    return true
  }

  ended(): void {
    for (const carrier of [...this.carriers.values()]) carrier.ended()
  }

  #add(key: string, peer: string, target: string): NatsCarrier {
    const maxFrame = Math.min(largestFrame, this.connection.maxPayload - numberSize)
    const carrier = new NatsCarrier(this, key, peer, target, maxFrame)
    this.carriers.set(key, carrier)
    this.#peers.watch(peer, carrier)
    return carrier
  }
}

/** Whether a subject of the inbox is one of frames to the caller's end. */
export const isFrameKey = (key: string): boolean => lastToken(key) === 'f'
