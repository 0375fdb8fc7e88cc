/**
 * The engine that connects members to each other. One socket carries everything: it listens once this instance serves or
 * subscribes, and dials one link to each member that is called. Calls go out over links that were dialed and come in
 * over links that were accepted, so nobody who only calls needs to be reachable. Tunnels have a second link, so that
 * what fills it delays no request.
 */
import { type Body, SpError } from 'hubless'
import type { ResolvedClusterOptions } from '../options.ts'
import { Security } from '../security.ts'
import type { CallerOwner } from './caller.ts'
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
import { LinkReports } from './link-reports.ts'
import { LinkSocket } from './link-socket.ts'
import { Links } from './links.ts'
import { Monitor } from './monitor.ts'
import { Offerings } from './offerings.ts'
import { Pools } from './pools.ts'
import { Prospects } from './prospects.ts'
import { Providers } from './providers.ts'
import { Publisher } from './publisher.ts'
import { RequestCall, TunnelCall } from './request-call.ts'
import { Roster } from './roster.ts'
import type { Caller as CallOwner } from './single-call.ts'
import { Switchboard } from './switchboard.ts'
import { ToAll } from './to-all.ts'
import { TunnelLinks } from './tunnel-links.ts'
import { maxJson, overhead } from './wire.ts'

const dialing = { reconnectInterval: 50, reconnectIntervalMax: 1000 } as const

export class DirectEngine implements Engine {
  readonly name = 'direct'
  readonly #host: EngineHost
  readonly #security: Security
  readonly #socket: LinkSocket
  readonly providers: Providers
  readonly roster: Roster
  readonly #monitor: Monitor
  readonly #home: Home
  readonly pools: Pools
  readonly publisher: Publisher
  readonly links: Links
  readonly #switchboard: Switchboard
  readonly #prospects: Prospects
  readonly #toAll: ToAll
  readonly tunnels: TunnelLinks
  readonly #offerings: Offerings
  #closed = false
  readonly changes: Changes = new Changes()
  readonly #deadlines: Deadlines = new Deadlines()
  readonly #callOwner: CallOwner

  constructor(host: EngineHost, options: ResolvedClusterOptions, missed: (name: string, verb: string) => void) {
    this.#host = host
    this.#security = new Security(options.network, options.keys)
    const limit = Math.max(options.recvMaxSize, maxJson) + overhead
    const caller: CallerOwner = {
      network: host.network,
      desk: (number) => this.#offerings.desk(number),
      arrived: (one) => this.#offerings.arrived(one),
      deliver: (topic, body, from) => host.deliver(topic, body, from),
      dropped: (reason, details) => host.dropped(reason, details)
    }
    this.#switchboard = new Switchboard(caller, (pipe) => this.links.ofPipe(pipe))
    this.#socket = new LinkSocket(this.#switchboard, {
      ...this.#security.endpointOptions(options.endpoint),
      name: `cluster-${host.id.slice(0, 8)}`,
      recvMaxSize: limit
    })
    this.#socket.on('retry', ({ dialer, cause }) => {
      const link = this.links.of(dialer)
      if (link !== undefined) reports.lost(link, cause)
    })
    this.#home = new Home(host, () => this.pools.changed(this.#home.desks.keys()))
    this.pools = new Pools(host.zone, {
      links: () => this.links.all(),
      called: (name) => this.roster.wantName(name)
    })
    this.#callOwner = {
      counts: host.counts,
      deadlines: this.#deadlines,
      closed: () => this.#closed,
      undecided: (name) => this.#prospects.of(name),
      missed,
      reserve: (bytes) => this.pools.reserve(bytes),
      release: (bytes) => this.pools.release(bytes),
      open: (target, name, deadline, opening) => this.tunnels.open(target, name, deadline, opening)
    }
    const reports = new LinkReports(host, this)
    this.links = new Links(reports, {
      closed: () => this.#closed,
      connect: (next) =>
        this.#socket.connect(() => this.#security.secure(next()), {
          ...this.#security.endpointOptions(options.endpoint),
          ...dialing
        }),
      leave: (link) => reports.leave(link),
      unlinked: (member) => this.roster.unlinked(member, new Error('silent')),
      has: (member) => this.roster.members.get(member.key) === member
    })
    this.roster = new Roster({
      host,
      dial: (member) => this.links.dial(member),
      hangUp: (member) => this.links.hangUp(member),
      reconsider: () => this.reconsider()
    })
    this.providers = new Providers(options.providers, host, this.#security, options.endpoint, {
      up: (source, sighting) => this.roster.up(source, sighting),
      down: (source, reason) => this.roster.down(source, reason),
      ready: () => this.reconsider()
    })
    this.#prospects = new Prospects(this.providers, this.roster, this.changes)
    this.publisher = new Publisher(host, this.#prospects)
    this.#toAll = new ToAll(host, this.#prospects)
    this.tunnels = new TunnelLinks(reports, this.links)
    this.#offerings = new Offerings(
      host,
      options,
      this.#security,
      this.#socket,
      this.providers,
      () => this.#switchboard.callers
    )
    this.#monitor = new Monitor(options.patience, this.links)
  }

  get urls(): readonly string[] {
    return this.#offerings.urls
  }

  get outstanding(): number {
    let count = this.#home.outstanding + this.pools.waiting
    for (const link of this.links.all()) count += link.outstanding
    return count
  }

  async ready({ deadline, timeout, signal }: OutgoingCall): Promise<void> {
    const done = await this.changes.until(() => this.providers.ready, deadline, signal)
    if (!done) throw new SpError('ETIMEDOUT', { message: `the providers have not looked around within ${timeout} ms` })
  }

  has(name: string): boolean {
    return (this.pools.get(name)?.alive ?? false) || this.#prospects.of(name) || this.#wanted(name)
  }

  async offer(desk: Desk): Promise<Registration> {
    await this.#offerings.listen()
    this.#home.desks.set(desk.name, desk)
    this.pools.called(desk.name).add(this.#home)
    this.#host.joined(this.#home.info(desk, this.urls))
    const number = await this.#offerings.offer(desk)
    this.pools.get(desk.name)?.changed()
    return {
      withdraw: async () => {
        this.#home.desks.delete(desk.name)
        this.pools.get(desk.name)?.remove(this.#home)
        this.#host.left(this.#home.info(desk, this.urls), 'left')
        await this.#offerings.withdraw(number)
      }
    }
  }

  request(name: string, body: Body, call: OutgoingCall): Promise<Body> {
    const pool = this.pools.called(name)
    return new Promise((resolve, reject) => new RequestCall(this.#callOwner, pool, body, call, resolve, reject).start())
  }

  tunnel(name: string, call: OutgoingCall): Promise<TunnelCarrier> {
    const pool = this.pools.called(name)
    return new Promise((resolve, reject) => new TunnelCall(this.#callOwner, pool, call, resolve, reject).start())
  }

  broadcast(name: string, body: Body, except: ReadonlySet<string>): Promise<readonly string[]> {
    return this.#toAll.broadcast(this.pools.called(name), body, except)
  }

  survey(name: string, body: Body, survey: OutgoingSurvey): void {
    this.#toAll.survey(this.pools.called(name), body, survey)
  }

  async publish(topic: string, body: Body, except: ReadonlySet<string>): Promise<readonly string[]> {
    this.roster.wantSubscribers()
    const reached = await this.publisher.publish(topic, body, except)
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
    return [
      ...Array.from(this.#home.desks.values(), (desk) => this.#home.info(desk, this.urls)),
      ...this.roster.infos()
    ]
  }

  providerStats(): Record<string, Readonly<Record<string, unknown>>> {
    return this.providers.stats()
  }

  stats(): Readonly<Record<string, unknown>> {
    return {
      peers: this.links.stats(),
      callers: this.#switchboard.callers.length,
      waiting: this.pools.waiting,
      socket: this.#socket.stats()
    }
  }

  async close(linger: number): Promise<void> {
    this.#closed = true
    this.#monitor.stop()
    await this.#offerings.close()
    await this.providers.close()
    this.roster.clear()
    this.links.close()
    this.pools.close(this.#home)
    this.changes.close()
    this.#deadlines.close()
    await this.#socket.close({ linger })
  }

  /** Somebody is seen under this name to whom no link was made yet. */
  #wanted(name: string): boolean {
    return this.roster.infos().some((info) => info.name === name)
  }

  /** Calls that wait may now have somebody, or nobody to wait for. */
  reconsider(): void {
    this.pools.reconsider()
    this.changes.notify()
  }
}
