/**
 * The engine `nats`: the five verbs as messages of NATS. It is asked for what no member in reach can answer, and its
 * guarantees are those of NATS: at most once, no order of members by load, bodies up to the server's `max_payload`. What
 * it adds: a member that is gone with a call is noticed, and tunnels are bounded by credits.
 */

import { type Body, SpError } from 'hubless'
import type {
  Desk,
  Engine,
  EngineHost,
  MemberInfo,
  OutgoingCall,
  OutgoingSurvey,
  Registration,
  TunnelCarrier
} from 'hubless/cluster'
import { exceptFields, isExcepted } from './answers.ts'
import { Calls } from './calls.ts'
import { Connection } from './connection.ts'
import { MicroService } from './micro.ts'
import type { NatsSettings } from './options.ts'
import { isUnheard, type Msg } from './package.ts'
import { Peers } from './peers.ts'
import { Presence } from './presence.ts'
import { Served } from './served.ts'
import { noConnection, readBody, SingleCall } from './single-call.ts'
import { lastToken, queueGroup, Subjects } from './subjects.ts'
import { NatsSurvey } from './survey.ts'
import { Topics } from './topics.ts'
import { isFrameKey, Tunnels } from './tunnels.ts'

/** How long what is offered and subscribed to waits for the server to know, ms; without a connection it is made up for later. */
const acknowledgeTime = 2000
const none = new Uint8Array(0)

export class NatsEngine implements Engine {
  readonly name = 'nats'
  readonly #host: EngineHost
  readonly #settings: NatsSettings
  readonly #subjects: Subjects
  readonly #connection: Connection
  readonly #calls: Calls
  readonly #peers: Peers
  readonly #served: Served
  readonly #presence: Presence
  readonly #topics: Topics
  readonly #tunnels: Tunnels
  readonly #desks: Map<string, Desk> = new Map()
  readonly #micro: Map<string, MicroService> = new Map()

  constructor(host: EngineHost, settings: NatsSettings) {
    this.#host = host
    this.#settings = settings
    const inboxPrefix = settings.connection.inboxPrefix ?? '_INBOX'
    const subjects = new Subjects(settings.prefix, host.network, host.id, inboxPrefix)
    const connection = new Connection(settings, `hubless ${host.network} ${host.id.slice(0, 8)}`, {
      connected: () => this.#connected(),
      ended: () => this.#ended(),
      warn: (message, cause) => host.warn(message, cause)
    })
    this.#subjects = subjects
    this.#connection = connection
    this.#peers = new Peers(connection, subjects, settings.patience, (id) => this.#presence.drop(id, 'lost'))
    this.#calls = new Calls(host, connection, subjects, this.#peers, settings.patience)
    this.#served = new Served(host, connection, (name, ms, failure) => this.#micro.get(name)?.settled(ms, failure))
    this.#presence = new Presence(host, connection, subjects, this.#desks, (id) => this.#peers.count(id))
    this.#topics = new Topics(host, connection, subjects)
    this.#tunnels = new Tunnels(host, connection, subjects, this.#peers)
    connection.listen(`${subjects.inbox}>`, (message) => this.#arrived(message))
    connection.listen(subjects.instance(host.id), (message) => this.#addressed(message))
  }

  /** NATS knows; it says so at once when it is asked. */
  has(_name: string): boolean {
    return true
  }

  async offer(desk: Desk): Promise<Registration> {
    const { name } = desk
    const subjects = this.#subjects
    const connection = this.#connection
    this.#desks.set(name, desk)
    const request = subjects.request(name)
    const listening = [
      connection.listen(request, (message) => this.#served.take(desk, 'request', message), queueGroup),
      connection.listen(subjects.tunnel(name), (message) => this.#tunnels.accept(desk, message), queueGroup),
      connection.listen(subjects.all(name, '*'), (message) => this.#toAll(desk, message))
    ]
    if (this.#settings.micro && !name.startsWith('hubless.')) {
      const { id, network } = this.#host
      this.#micro.set(name, new MicroService(connection, desk, id, network, request))
    }
    this.#presence.tell()
    await connection.flushed(acknowledgeTime)
    return {
      withdraw: async () => {
        this.#desks.delete(name)
        this.#presence.tell()
        await Promise.all([...listening.map((withdraw) => withdraw()), this.#micro.get(name)?.withdraw()])
        this.#micro.delete(name)
      }
    }
  }

  request(name: string, body: Body, call: OutgoingCall): Promise<Body> {
    const subject = this.#subjects.request(name)
    return new Promise((resolve, reject) => {
      new SingleCall(this.#calls, name, subject, body, call, readBody, resolve, reject).start()
    })
  }

  async broadcast(name: string, body: Body, except: ReadonlySet<string>): Promise<readonly string[]> {
    if (!(await this.#send(this.#subjects.all(name, this.#host.id), body, except))) return []
    return this.#presence.named(name).filter((id) => !except.has(id))
  }

  survey(name: string, body: Body, survey: OutgoingSurvey): void {
    const start = (): void => this.#survey(name, body, survey)
    if (this.#connection.decided) start()
    else void this.#connection.firstAttempt().then(start)
  }

  #survey(name: string, body: Body, survey: OutgoingSurvey): void {
    const { except } = survey
    const known = this.#presence.named(name).filter((id) => !except.has(id))
    if (!this.#connection.up || survey.signal.aborted || body.length > this.#connection.maxPayload) {
      survey.asked(known)
      survey.end()
      return
    }
    const waiting = new NatsSurvey(this.#calls, name, survey, known)
    const headers = exceptFields(except)
    const options = { reply: waiting.reply, ...(headers !== undefined && { headers }) }
    this.#connection.publish(this.#subjects.all(name, this.#host.id), body, options)
  }

  async publish(topic: string, body: Body, except: ReadonlySet<string>): Promise<readonly string[]> {
    await this.#send(this.#subjects.topic(topic, this.#host.id), body, except)
    // NATS does not say who subscribed.
    return []
  }

  subscribe(prefix: string): Promise<Registration> {
    return this.#topics.subscribe(prefix, acknowledgeTime)
  }

  tunnel(name: string, call: OutgoingCall): Promise<TunnelCarrier> {
    return this.#tunnels.open(this.#calls, name, call)
  }

  members(): readonly MemberInfo[] {
    return this.#presence.members()
  }

  stats(): Readonly<Record<string, unknown>> {
    const { state, server, connections, pending } = this.#connection
    return {
      state,
      server,
      connections,
      pendingBytes: pending,
      outstanding: this.#calls.live.size,
      serving: this.#served.size,
      subscriptions: this.#topics.size,
      tunnels: this.#tunnels.carriers.size
    }
  }

  async close(linger: number): Promise<void> {
    this.#calls.each((waiting) => waiting.close())
    this.#desks.clear()
    this.#presence.tell()
    this.#peers.stop()
    this.#served.stop()
    await this.#connection.close(linger)
  }

  /** Waits for room; what is larger than the server takes rejects, what finds no connection is dropped. */
  async #send(subject: string, body: Body, except: ReadonlySet<string>): Promise<boolean> {
    const connection = this.#connection
    if (!connection.decided) await connection.firstAttempt()
    const { maxPayload } = connection
    const headers = exceptFields(except)
    const size = body.length + (headers === undefined ? 0 : headers.toString().length)
    if (connection.up && size > maxPayload) {
      const message = `the message has ${size} bytes with its headers, the NATS server takes ${maxPayload}`
      throw new SpError('EMSGSIZE', { message: `${message}; raise its max_payload, or use a tunnel` })
    }
    if (!connection.hasRoom) await connection.room()
    if (connection.publish(subject, body, headers === undefined ? undefined : { headers })) return true
    const cause = new SpError('EHOSTUNREACH', { message: noConnection(connection.cause) })
    this.#host.dropped('offline', { size: body.length, cause })
    return false
  }

  #connected(): void {
    this.#presence.ask()
    if (this.#desks.size > 0) this.#presence.tell()
    this.#calls.each((waiting) => waiting.connected())
  }

  #ended(): void {
    this.#tunnels.ended()
    this.#calls.each((waiting) => waiting.ended())
    this.#presence.clear()
  }

  /** To the own inbox. */
  #arrived(message: Msg): void {
    const key = message.subject.slice(this.#subjects.inbox.length)
    if (key === 'who') return void this.#presence.message(message)
    if (key.startsWith('ping.')) return void this.#peers.message(message)
    if (isFrameKey(key) || key.startsWith('tunnel.')) return void this.#tunnels.message(key, message)
    if (this.#calls.message(Number.parseInt(key, 10), message)) return
    this.#tunnels.refuse(message)
    if (!isUnheard(message)) this.#host.dropped('late', { size: message.data.length })
  }

  /** To this instance: a ping, or the end of a call. */
  #addressed({ reply, data }: Msg): void {
    if (reply !== '') this.#connection.publish(reply, none)
    else this.#served.cancel(Buffer.from(data).toString('latin1'))
  }

  /** To all members of a name. */
  #toAll(desk: Desk, message: Msg): void {
    const { id } = this.#host
    const sender = lastToken(message.subject)
    if (sender === id || isExcepted(message, id)) return
    this.#served.take(desk, message.reply === '' ? 'broadcast' : 'survey', message, sender)
  }
}
