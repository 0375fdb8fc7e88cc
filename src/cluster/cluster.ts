/**
 * `Cluster`: five verbs on a name. This class checks what it is given, turns values into bytes, and hands over to the
 * engines: the direct one for members in reach, and another behind it, if there is one, for the rest.
 */
import { randomBytes } from 'node:crypto'
import { type Body, type BodyInput, Machine, SpError, type StateTable, type WaitOptions } from 'hubless'
import { check, checkNames, duration, invalid, range } from '../rules.ts'
import { type Bytes, bytesOf } from './bytes.ts'
import { membersOver, requestOver, toAllOver, tunnelOver } from './engine/chain.ts'
import { DirectEngine } from './engine/direct.ts'
import type { Engine, EngineHost, MemberInfo, OutgoingCall } from './engine/engine.ts'
import { ClusterEmitter, type ClusterEventName, type ClusterEvents } from './events.ts'
import { hostOf } from './host.ts'
import {
  checkCallOptions,
  checkHandlers,
  type ResolvedClusterOptions,
  resolveClusterOptions,
  resolveServeOptions,
  resolveSubscribeOptions
} from './options.ts'
import { nameRule, prefixRule, topicRule } from './rules.ts'
import { type Service, Services } from './services.ts'
import { isReserved, type MemberStats } from './statistics.ts'
import { StatisticsService } from './statistics-service.ts'
import { Counters } from './stats.ts'
import type { Subscription } from './subscription.ts'
import { Subscriptions } from './subscriptions.ts'
import { SurveyRun } from './survey.ts'
import { Tunnel, type TunnelSettings } from './tunnel/tunnel.ts'
import type {
  CallOptions,
  ClusterOptions,
  ClusterStats,
  ClusterSurvey,
  ClusterSurveyOptions,
  Handlers,
  ServeOptions,
  SubscribeOptions,
  TunnelOptions
} from './types.ts'
import { checkSignal } from './waits.ts'

/** `closing`: finishes what it has. */
export type ClusterState = 'open' | 'closing' | 'closed'

export const clusterStates: StateTable<ClusterState, 'close' | 'drained'> = {
  name: 'cluster',
  initial: 'open',
  transitions: { open: { close: 'closing' }, closing: { drained: 'closed' }, closed: {} }
}

const noCallOptions: CallOptions = {}

/**
 * An instance of the application in a network of others.
 *
 * @example
 * await using cluster = new Cluster({ network: 'shop' })
 * await cluster.serve('resize', { request: ({ body }) => resize(body) })
 * const small = await cluster.request('resize', image)
 */
export class Cluster<Out = BodyInput, In = Body> {
  /** Of this instance: 32 hexadecimal digits. */
  readonly id: string = randomBytes(16).toString('hex')
  readonly #options: ResolvedClusterOptions
  readonly #bytes: Bytes<Out, In>
  readonly #machine = new Machine(clusterStates)
  readonly #events = new ClusterEmitter()
  readonly #counters: Counters = new Counters()
  readonly #host: EngineHost
  readonly #direct: DirectEngine
  readonly #engines: readonly Engine[]
  readonly #services: Services<Out, In>
  readonly #subscriptions: Subscriptions<In>
  readonly #settings: TunnelSettings
  readonly #tunnels: Set<Tunnel<Out, In>> = new Set()
  /** What it says of itself to those who ask all members; see statistics.ts. */
  readonly #statistics: StatisticsService
  #closing: Promise<void> | undefined

  /** Throws `EINVAL`. Connects in the background; nothing is listened on before it serves or subscribes. */
  constructor(options: ClusterOptions<Out, In> = {}) {
    const resolved = resolveClusterOptions(options as ClusterOptions<never, never>)
    this.#options = resolved
    this.#bytes = bytesOf(options.codec)
    const events = this.#events
    const host = (engine: string): EngineHost =>
      hostOf(engine, this.id, resolved, this.#counters, events, (topic, body, from) =>
        this.#subscriptions.deliver(topic, body, from)
      )
    this.#host = host('direct')
    this.#direct = new DirectEngine(this.#host, resolved, (name, verb) => events.emit('no-member', { name, verb }))
    const other = resolved.engine
    this.#engines = other === undefined ? [this.#direct] : [this.#direct, other.open(host(other.name))]
    const { tunnelCredit: credit, tunnelMaxSize: maxSize, timeout } = resolved
    this.#settings = { credit, maxSize, timeout }
    this.#services = new Services(this.#bytes, this.#host, this.#engines, this.#settings)
    this.#subscriptions = new Subscriptions(this.#bytes, this.#host, this.#engines)
    this.#statistics = new StatisticsService(this.#host, this.#engines, this.#settings)
  }

  /** Name of the network. */
  get network(): string {
    return this.#options.network
  }

  /** Zone of this member; empty without one. */
  get zone(): string {
    return this.#options.zone
  }

  /** Whether it is open, closing or closed. */
  get state(): ClusterState {
    return this.#machine.state
  }

  /** Where it listens; empty until it serves or subscribes. */
  get urls(): readonly string[] {
    return this.#direct.urls
  }

  /** Resolves when every provider has looked around once: who is not known now is not there. Rejects with `ETIMEDOUT`. */
  ready(options: WaitOptions = {}): Promise<void> {
    return this.#run(() => this.#direct.ready(this.#call(options)))
  }

  /**
   * Offers a service. Resolves when members know of it. Rejects with `EINVAL`, `EBADF`, and with why it cannot listen
   * (`EADDRINUSE`, `EACCES`, …).
   */
  async serve(name: string, handlers: Handlers<Out, In>, options: ServeOptions = {}): Promise<Service> {
    this.#assertOpen()
    check('the name of a service', nameRule, name)
    checkHandlers(handlers)
    const limits = resolveServeOptions(options)
    if (isReserved(name)) throw invalid(`names that begin with "hubless." are reserved`)
    return this.#services.offer(name, handlers, limits, () => this.#statistics.offer(() => this.stats()))
  }

  /**
   * Asks one member of `name`. Rejects with `EHOSTUNREACH` (nobody is there), `ETIMEDOUT` (asked, no answer), `EREMOTE`
   * (a `RemoteError`: the handler threw), `EBUSY` (all are full), `ECONNRESET` (it died with it, and the request is not
   * idempotent), `EMSGSIZE`, `ENOTSUP`, `EINVAL`, `EBADF`, `signal.reason`.
   */
  request(name: string, body: Out, options: CallOptions = noCallOptions): Promise<In> {
    return this.#run(() => {
      const bytes = this.#prepare(name, body)
      const call = this.#call(options)
      this.#counters.calls.requests++
      const answer = requestOver(this.#engines, name, bytes, call)
      return this.#options.codec === undefined
        ? (answer as Promise<In>)
        : answer.then((reply) => this.#bytes.decode(reply))
    })
  }

  /**
   * To every member of `name`, this instance too if it is one, each at most once. Resolves with how many it was handed
   * to, as far as that is known; 0 where nobody is. Rejects with `EINVAL`, `EMSGSIZE`, `EBADF`.
   */
  broadcast(name: string, body: Out): Promise<number> {
    return this.#run(async () => {
      const bytes = this.#prepare(name, body)
      this.#counters.calls.broadcasts++
      return toAllOver(this.#engines, (engine, except) => engine.broadcast(name, bytes, except))
    })
  }

  /**
   * Asks every member of `name` at once and yields what they answer. Ends at the deadline (default 1000 ms), after `count` answers,
   * after `quiet` ms of silence, or when all have answered; never throws for want of answers. `missing` lists who has not
   * answered. Throws `EINVAL`, `EMSGSIZE`, `EBADF`; an abort makes it throw `signal.reason`.
   */
  survey(name: string, body: Out, options: ClusterSurveyOptions = {}): ClusterSurvey<In> {
    checkNames('a survey', ['deadline', 'count', 'quiet', 'signal'], options)
    const { deadline = 1000, count = Infinity, quiet = Infinity } = options
    check('option deadline', duration, deadline)
    check('option count', range(1), count)
    check('option quiet', duration, quiet)
    const signal = checkSignal(options.signal)
    this.#assertOpen()
    const bytes = this.#prepare(name, body)
    this.#counters.calls.surveys++
    const run = new SurveyRun<In>({ deadline, count, quiet, signal }, this.#bytes, this.#host)
    run.begin(this.#engines, name, bytes)
    return run
  }

  /**
   * To everyone who subscribed to a beginning of `topic`, this instance too. Resolves with how many instances it was
   * handed to, as far as that is known. Rejects with `EINVAL`, `EMSGSIZE`, `EBADF`.
   */
  publish(topic: string, body: Out): Promise<number> {
    return this.#run(async () => {
      check('a topic', topicRule, topic)
      const bytes = this.#bytes.encode(body)
      this.#counters.calls.published++
      return toAllOver(this.#engines, (engine, except) => engine.publish(topic, bytes, except))
    })
  }

  /**
   * Receives what is published on topics that begin with `prefix`. When it resolves it is in force: what is published
   * afterwards by those who are connected arrives. Rejects with `EINVAL`, `EBADF`, and with why it cannot listen.
   */
  async subscribe(prefix: string, options: SubscribeOptions = {}): Promise<Subscription<In>> {
    this.#assertOpen()
    check('a prefix', prefixRule, prefix)
    return this.#subscriptions.open(prefix, resolveSubscribeOptions(options))
  }

  /** Opens a tunnel to one member of `name`. Rejects as `request` does. */
  tunnel(name: string, options: TunnelOptions = {}): Promise<Tunnel<Out, In>> {
    return this.#run(async () => {
      check('the name of a service', nameRule, name)
      checkNames('a tunnel', ['timeout', 'signal', 'failFast'], options)
      const call = this.#call(options)
      this.#counters.calls.tunnels++
      const carrier = await tunnelOver(this.#engines, name, call)
      const tunnel = new Tunnel(carrier, name, carrier.peer, this.#bytes, this.#settings)
      this.#tunnels.add(tunnel)
      void tunnel.closed.then(() => this.#tunnels.delete(tunnel))
      return tunnel
    })
  }

  /** Members that can be called, of one name or of all; an instance stands there once for each of its names. */
  members(name?: string): readonly MemberInfo[] {
    if (name !== undefined) check('the name of a service', nameRule, name)
    const all = membersOver(this.#engines)
    return all.filter((member) => (name === undefined ? !isReserved(member.name) : member.name === name))
  }

  /** Calls `listener` at every `event`. */
  on<E extends ClusterEventName>(event: E, listener: ClusterEvents[E]): this {
    this.#events.on(event, listener)
    return this
  }

  /** Removes a listener. */
  off<E extends ClusterEventName>(event: E, listener: ClusterEvents[E]): this {
    this.#events.off(event, listener)
    return this
  }

  /** Plain JSON: who is there, what was called, handled, refused, expired and dropped. */
  stats(): ClusterStats {
    const engines = Object.fromEntries(this.#engines.map((engine) => [engine.name, engine.stats()]))
    return {
      id: this.id,
      network: this.network,
      zone: this.zone,
      state: this.state,
      urls: this.urls,
      members: this.members().length,
      outstanding: this.#direct.outstanding,
      ...this.#counters.snapshot(),
      services: this.#services.stats(),
      subscriptions: this.#subscriptions.size,
      engines,
      providers: this.#direct.providerStats()
    }
  }

  /**
   * Asks every member what it has done: its services with their counters, its calls, its drops. Resolves with what came
   * within `deadline` ms (default 1000). Rejects with `EINVAL`, `EBADF`.
   */
  async memberStats(options: { readonly deadline?: number | undefined } = {}): Promise<readonly MemberStats[]> {
    checkNames('memberStats', ['deadline'], options)
    const { deadline = 1000 } = options
    check('option deadline', duration, deadline)
    this.#assertOpen()
    return this.#statistics.ask(deadline)
  }

  /**
   * Leaves: services finish what they hold for at most `timeout` ms (default: that of the cluster), calls under way reject with
   * `EBADF`, and every connection, timer and descriptor is given back. Closing again resolves with the first.
   */
  close(options: { readonly timeout?: number | undefined } = {}): Promise<void> {
    const { timeout = this.#options.timeout } = options
    check('option timeout', duration, timeout)
    this.#closing ??= this.#close(timeout)
    return this.#closing
  }

  /** As `close()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #close(timeout: number): Promise<void> {
    this.#machine.fire('close')
    // Together, so that they are one announcement.
    await Promise.all([this.#services.close(timeout), this.#statistics.withdraw()])
    await this.#subscriptions.close()
    for (const tunnel of this.#tunnels) tunnel.abort('the cluster at the other end is closed')
    await Promise.all(this.#engines.map((engine) => engine.close(Math.min(timeout, 1000))))
    this.#machine.fire('drained')
    this.#events.emit('close', {})
  }

  #prepare(name: string, body: Out): Body {
    check('the name of a service', nameRule, name)
    return this.#bytes.encode(body)
  }

  #call(options: CallOptions): OutgoingCall {
    if (options !== noCallOptions) checkCallOptions(options)
    const { timeout = this.#options.timeout, signal, idempotent = false, failFast = false } = options
    return { deadline: performance.now() + timeout, timeout, signal: signal ?? undefined, idempotent, failFast }
  }

  /** What is wrong with a call rejects, like everything that goes wrong later. */
  #run<R>(task: () => Promise<R>): Promise<R> {
    try {
      this.#assertOpen()
      return task()
    } catch (error) {
      return Promise.reject(error)
    }
  }

  #assertOpen(): void {
    if (this.#machine.state !== 'open') throw new SpError('EBADF', { message: 'the cluster is closed' })
  }
}
