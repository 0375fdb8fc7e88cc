/**
 * The engine that connects members to each other. One socket carries everything: it listens once this instance serves or
 * subscribes, and dials one link to each member that is called. Calls go out over links that were dialed and come in
 * over links that were accepted, so nobody who only calls needs to be reachable. Tunnels have a second link, so that
 * what fills it delays no request.
 */
import type { Body, Incoming, Pipe } from 'hubless'
import { SpError } from 'hubless'
import type { ResolvedClusterOptions } from '../options.ts'
import { Security } from '../security.ts'
import { isReserved } from '../statistics.ts'
import { Caller, type CallerOwner } from './caller.ts'
import { Changes } from './changes.ts'
import { Deadlines } from './deadlines.ts'
import type {
  Desk,
  Engine,
  EngineHost,
  MemberInfo,
  OutgoingCall,
  OutgoingSurvey,
  Registration,
  TunnelCarrier
} from './engine.ts'
import { Home } from './home.ts'
import type { State } from './json.ts'
import { LinkSocket } from './link-socket.ts'
import { Links } from './links.ts'
import { type LinkOwner, MemberLink } from './member-link.ts'
import { Monitor } from './monitor.ts'
import { Offerings } from './offerings.ts'
import { Pools } from './pools.ts'
import { Providers } from './providers.ts'
import { Publisher } from './publisher.ts'
import { RequestCall, TunnelCall } from './request-call.ts'
import { Roster } from './roster.ts'
import type { Caller as CallOwner } from './single-call.ts'
import { SurveyCall } from './survey-call.ts'
import { TunnelLinks } from './tunnel-links.ts'
import { maxJson, overhead } from './wire.ts'

/** How long publishing waits for the first connection to subscribers, ms. */
const firstContact = 2000
const dialing = { reconnectInterval: 50, reconnectIntervalMax: 1000 } as const

export class DirectEngine implements Engine {
  readonly name = 'direct'
  readonly #host: EngineHost
  readonly #security: Security
  readonly #socket: LinkSocket
  readonly #providers: Providers
  readonly #roster: Roster
  readonly #monitor: Monitor
  readonly #home: Home
  readonly #pools: Pools
  readonly #publisher: Publisher
  readonly #links: Links
  readonly #callers: Map<Pipe, Caller> = new Map()
  readonly #tunnels: TunnelLinks
  readonly #offerings: Offerings
  #closed = false
  readonly #changes: Changes = new Changes()
  readonly #deadlines: Deadlines = new Deadlines()
  readonly #callOwner: CallOwner
  readonly #linkOwner: LinkOwner
  readonly #callerOwner: CallerOwner

  constructor(host: EngineHost, options: ResolvedClusterOptions, missed: (name: string, verb: string) => void) {
    this.#host = host
    this.#security = new Security(options.network, options.keys)
    const limit = Math.max(options.recvMaxSize, maxJson) + overhead
    this.#socket = new LinkSocket(
      {
        attach: (pipe) => this.#attach(pipe),
        detach: (pipe) => this.#detach(pipe),
        writable: (pipe) => {
          const link = this.#links.ofPipe(pipe)
          if (link !== undefined) link.writable()
          else this.#callers.get(pipe)?.writable()
        },
        receive: (pipe, message) => this.#receive(pipe, message)
      },
      {
        ...this.#security.endpointOptions(options.endpoint),
        name: `cluster-${host.id.slice(0, 8)}`,
        recvMaxSize: limit
      }
    )
    this.#socket.on('retry', ({ dialer, cause }) => {
      const link = this.#links.of(dialer)
      if (link !== undefined) this.#failed(link, cause)
    })
    this.#security.watch(this.#socket, (message, cause) => host.warn(message, cause))
    const closed = (): boolean => this.#closed
    this.#home = new Home(host, () => this.#pools.changed(this.#home.desks.keys()))
    this.#pools = new Pools(host.zone, {
      links: () => this.#links.all(),
      called: (name) => this.#roster.wantName(name)
    })
    this.#callOwner = {
      counts: host.counts,
      deadlines: this.#deadlines,
      get closed() {
        return closed()
      },
      undecided: (name) => this.#undecided(name),
      missed,
      reserve: (bytes) => this.#pools.reserve(bytes),
      release: (bytes) => this.#pools.release(bytes),
      open: (target, name, deadline, opening) => this.#tunnels.open(target, name, deadline, opening)
    }
    this.#linkOwner = {
      id: host.id,
      network: host.network,
      zone: host.zone,
      recvMaxSize: host.recvMaxSize,
      greeted: (link, state) => this.#greeted(link, state),
      changed: (link, state) => this.#changed(link, state),
      lost: (link, cause) => this.#failed(link, cause),
      unfit: (link, size) => {
        host.dropped('malformed', { from: link.id, size })
        const member = this.#links.memberOf(link)
        if (member !== undefined) this.#roster.refuse(member)
      },
      odd: (link, what, size) => host.dropped(what, { from: link.id, size })
    }
    this.#callerOwner = {
      network: host.network,
      desk: (number) => this.#offerings.desk(number),
      arrived: (caller) => this.#offerings.arrived(caller),
      deliver: (topic, body, from) => host.deliver(topic, body, from),
      dropped: (reason, details) => host.dropped(reason, details)
    }
    this.#links = new Links(this.#linkOwner, {
      get closed() {
        return closed()
      },
      connect: (next) =>
        this.#socket.connect(() => this.#security.secure(next()), {
          ...this.#security.endpointOptions(options.endpoint),
          ...dialing
        }),
      leave: (link) => this.#leave(link),
      unlinked: (member) => this.#roster.unlinked(member, new Error('silent')),
      has: (member) => this.#roster.members.get(member.key) === member
    })
    this.#roster = new Roster({
      host,
      dial: (member) => this.#links.dial(member),
      hangUp: (member) => this.#links.hangUp(member),
      reconsider: () => this.#reconsider()
    })
    this.#providers = new Providers(options.providers, host, this.#security, options.endpoint, {
      up: (source, sighting) => this.#roster.up(source, sighting),
      down: (source, reason) => this.#roster.down(source, reason),
      ready: () => this.#reconsider()
    })
    this.#publisher = new Publisher(host, this.#changes, () => this.#undecidedSubscribers())
    this.#tunnels = new TunnelLinks(this.#linkOwner, {
      memberOf: (link) => this.#links.memberOf(link),
      connect: (link, member) => this.#links.connect(link, member),
      forget: (link) => this.#links.forget(link)
    })
    this.#offerings = new Offerings(host, options, this.#security, this.#socket, this.#providers, () =>
      this.#callers.values()
    )
    this.#monitor = new Monitor(
      options.patience,
      () => this.#links.all(),
      (link) => this.#links.redial(link),
      () => this.#links.retire()
    )
  }

  get urls(): readonly string[] {
    return this.#offerings.urls
  }

  get outstanding(): number {
    let count = this.#home.outstanding + this.#pools.waiting
    for (const link of this.#links.all()) count += link.outstanding
    return count
  }

  async ready({ deadline, timeout, signal }: OutgoingCall): Promise<void> {
    const done = await this.#changes.until(() => this.#providers.ready, deadline, signal)
    if (!done) throw new SpError('ETIMEDOUT', { message: `the providers have not looked around within ${timeout} ms` })
  }

  has(name: string): boolean {
    return (this.#pools.get(name)?.alive ?? false) || this.#undecided(name) || this.#wanted(name)
  }

  async offer(desk: Desk): Promise<Registration> {
    await this.#offerings.listen()
    this.#home.desks.set(desk.name, desk)
    this.#pools.called(desk.name).add(this.#home)
    this.#host.joined(this.#homeInfo(desk))
    const number = await this.#offerings.offer(desk)
    this.#pools.get(desk.name)?.changed()
    return {
      withdraw: async () => {
        this.#home.desks.delete(desk.name)
        this.#pools.get(desk.name)?.remove(this.#home)
        this.#host.left(this.#homeInfo(desk), 'left')
        await this.#offerings.withdraw(number)
      }
    }
  }

  request(name: string, body: Body, call: OutgoingCall): Promise<Body> {
    const pool = this.#pools.called(name)
    return new Promise((resolve, reject) => new RequestCall(this.#callOwner, pool, body, call, resolve, reject).start())
  }

  tunnel(name: string, call: OutgoingCall): Promise<TunnelCarrier> {
    const pool = this.#pools.called(name)
    return new Promise((resolve, reject) => new TunnelCall(this.#callOwner, pool, call, resolve, reject).start())
  }

  async broadcast(name: string, body: Body, except: ReadonlySet<string>): Promise<readonly string[]> {
    const pool = this.#pools.called(name)
    await this.#changes.until(() => !this.#undecided(name), performance.now() + firstContact)
    for (const target of pool.targets) if (target instanceof MemberLink && target.full) await target.room()
    const reached: string[] = []
    for (const target of [...pool.targets]) {
      if (!target.alive || except.has(target.id)) continue
      if (body.length > target.max) throw tooBig(name, body.length, target.max)
      if (target.tell(name, body)) reached.push(target.id)
      else this.#host.dropped('slow-member', { from: target.id, size: body.length })
    }
    return reached
  }

  survey(name: string, body: Body, survey: OutgoingSurvey): void {
    const pool = this.#pools.called(name)
    const start = (): void => {
      const targets = pool.targets.filter(({ id }) => !survey.except.has(id))
      new SurveyCall(name, survey).start(targets, body)
    }
    if (!this.#undecided(name)) {
      start()
      return
    }
    void this.#changes
      .until(() => !this.#undecided(name), survey.deadline, survey.signal)
      .then(start, () => survey.end())
  }

  async publish(topic: string, body: Body, except: ReadonlySet<string>): Promise<readonly string[]> {
    this.#roster.wantSubscribers()
    const reached = await this.#publisher.publish(topic, body, except)
    if (!this.#offerings.isSubscribed(topic)) return reached
    this.#host.deliver(topic, Buffer.from(body) as Body, this.#host.id)
    return [...reached, this.#host.id]
  }

  async subscribe(prefix: string): Promise<Registration> {
    await this.#offerings.listen()
    await this.#offerings.subscribe(prefix)
    return { withdraw: () => this.#offerings.unsubscribe(prefix) }
  }

  members(): readonly MemberInfo[] {
    return [...Array.from(this.#home.desks.values(), (desk) => this.#homeInfo(desk)), ...this.#roster.infos()]
  }

  providerStats(): Record<string, Readonly<Record<string, unknown>>> {
    return this.#providers.stats()
  }

  stats(): Readonly<Record<string, unknown>> {
    const peers = [...this.#links.all()].filter(({ role }) => role === 'calls')
    return {
      peers: peers.map((link) => ({
        id: link.id,
        zone: link.zone,
        names: [...link.services.keys()].filter((name) => !isReserved(name)),
        state: link.state,
        url: link.url,
        outstanding: link.outstanding,
        sent: link.sent,
        answered: link.answered,
        meanTime: link.meanTime
      })),
      callers: this.#callers.size,
      waiting: this.#pools.waiting,
      socket: this.#socket.stats()
    }
  }

  async close(linger: number): Promise<void> {
    this.#closed = true
    this.#monitor.stop()
    await this.#offerings.close()
    await this.#providers.close()
    this.#roster.clear()
    this.#links.close()
    this.#pools.close(this.#home)
    this.#changes.close()
    this.#deadlines.close()
    await this.#socket.close({ linger })
  }

  // Links

  #attach(pipe: Pipe): void {
    if (pipe.endpoint.kind === 'listener') this.#callers.set(pipe, new Caller(pipe, this.#callerOwner))
    else this.#links.ofPipe(pipe)?.attach(pipe)
  }

  #detach(pipe: Pipe): void {
    const caller = this.#callers.get(pipe)
    this.#callers.delete(pipe)
    caller?.detach()
    if (caller === undefined) this.#links.ofPipe(pipe)?.detach()
  }

  #receive(pipe: Pipe, message: Incoming): void {
    const caller = this.#callers.get(pipe)
    if (caller !== undefined) caller.receive(message)
    else this.#links.ofPipe(pipe)?.receive(message)
  }

  #greeted(link: MemberLink, state: State): boolean {
    const member = this.#links.memberOf(link)
    return member !== undefined && (link.role === 'tunnels' || this.#roster.greeted(member, state))
  }

  #changed(link: MemberLink, state: State | undefined): void {
    const member = this.#links.memberOf(link)
    if (link.role === 'tunnels') {
      if (state !== undefined) this.#tunnels.ready(link)
      return
    }
    if (member === undefined) return
    if (state !== undefined) {
      this.#pools.offered(link)
      for (const prefix of state.unsubscribe) this.#publisher.subscribers.delete(prefix, link)
      for (const prefix of state.subscribe) this.#publisher.subscribers.add(prefix, link)
      this.#roster.show(member)
      this.#changes.notify()
    }
    this.#pools.changed(link.services.keys())
  }

  /** Its connection is gone or could not be made; the dialer goes on trying. */
  #failed(link: MemberLink, cause: unknown): void {
    this.#leave(link)
    if (link.role === 'tunnels') {
      this.#tunnels.failed(link)
      return
    }
    const member = this.#links.memberOf(link)
    if (member === undefined) return
    this.#roster.unlinked(member, cause)
    this.#providers.refresh()
    this.#reconsider()
  }

  #leave(link: MemberLink): void {
    this.#pools.leave(link)
    for (const prefix of link.topics) this.#publisher.subscribers.delete(prefix, link)
  }

  #homeInfo({ name, metadata, since }: Desk): MemberInfo {
    const { id, zone } = this.#host
    return { id, name, zone, urls: this.urls, metadata, since, outstanding: this.#home.outstanding }
  }

  // Who is there

  #undecided(name: string): boolean {
    if (!this.#providers.ready) return true
    return this.#roster.undecided(({ services }) => services?.some((one) => one.name === name) !== false)
  }

  #undecidedSubscribers(): boolean {
    if (!this.#providers.ready) return true
    return this.#roster.undecided(({ services, subscribes }) => services === undefined || subscribes === true)
  }

  /** Somebody is seen under this name to whom no link was made yet. */
  #wanted(name: string): boolean {
    return this.#roster.infos().some((info) => info.name === name)
  }

  #reconsider(): void {
    this.#pools.reconsider()
    this.#changes.notify()
  }
}

function tooBig(what: string, size: number, limit: number): SpError {
  return new SpError('EMSGSIZE', { message: `the body for ${what} has ${size} bytes, a member takes ${limit}` })
}
