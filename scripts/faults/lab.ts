/** One scenario: a server and a client that talk, a fault between them, and what that cost each pattern. */
import type { SocketOptions } from 'hubless'
import { Child } from '../processes/child.ts'
import { type Flow, monotonic } from './arrivals.ts'
import { Network, type Order } from './network.ts'

export interface Scenario {
  readonly fault: string
  /** The option that decides, as it is set. */
  readonly option: string
  readonly scheme?: 'tcp' | 'ws'
  readonly host?: string
  readonly server?: SocketOptions
  readonly client?: SocketOptions & { readonly resendInterval?: number }
  /** Nothing is sent from before the fault until it is over. */
  readonly idle?: true
  /** Begins the fault before the client connects. */
  readonly before?: (lab: Lab) => Promise<void>
  /** The fault, from its beginning to its end. */
  readonly run: (lab: Lab) => Promise<void>
  /** What else was seen. */
  readonly seen?: (lab: Lab) => string
}

/** What is told of a scenario; times in ms, from the beginning or the end of the fault. */
export interface Outcome {
  readonly noticed: { readonly client: number | undefined; readonly server: number | undefined }
  readonly flows: readonly (Flow & { readonly pattern: string })[]
  readonly resends: number
  readonly rejects: object
  readonly seen: string
}

interface ClientReport {
  readonly requests: Flow
  readonly news: Flow
  readonly pushed: number
  readonly open: number
  readonly resends: number
  readonly rejects: object
  readonly noticed: number | undefined
}

interface ServerReport {
  readonly pushes: Flow
  readonly numbers: number[]
  readonly noticed: number | undefined
}

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
const patience = 100_000

export class Lab {
  readonly network: Network
  readonly scenario: Scenario
  server: Child
  readonly client: Child
  /** What a server that is no more had received. */
  readonly #pulled: Set<number> = new Set()
  #pulledTwice = 0
  #published = 0
  /** For what a scenario measures by itself. */
  figure = 0

  constructor(network: Network, scenario: Scenario) {
    this.network = network
    this.scenario = scenario
    this.server = new Child(new URL('./children/server.ts', import.meta.url), { within: network.on('server') })
    this.client = new Child(new URL('./children/client.ts', import.meta.url), { within: network.on('client') })
  }

  order(order: Order): Promise<void> {
    return this.network.order(order)
  }

  /** Ends the server as a crash does; what it had received until then is remembered. */
  async killServer(): Promise<void> {
    await this.#collect()
    await this.server.kill()
  }

  /** Starts another one, at this address. */
  async startServer(host: string = Network.server): Promise<void> {
    this.server = new Child(new URL('./children/server.ts', import.meta.url), { within: this.network.on('server') })
    await this.bind(host)
    await this.server.call('start')
  }

  bind(host: string = Network.server): Promise<void> {
    const { scheme = 'tcp', server = {} } = this.scenario
    return this.server.call('bind', `${scheme}://${host}`, server, this.#published)
  }

  async measure(): Promise<Outcome> {
    const { scenario, client } = this
    const { scheme = 'tcp', host = Network.server } = scenario
    await this.bind()
    await scenario.before?.(this)
    await client.call('connect', `${scheme}://${host}`, scenario.client ?? {})
    if (scenario.before === undefined) await client.call('connected')
    if (scenario.before === undefined) await this.#talk()
    if (scenario.idle) await this.#hush()
    const began = monotonic()
    await scenario.run(this)
    const healed = monotonic()
    if (scenario.idle || scenario.before !== undefined) await this.#start()
    await this.#recovered(began, healed)
    // Of what was sent before, all has had the time to arrive.
    await sleep(500)
    await this.#hush()
    await this.#quiet()
    return this.#outcome(began, healed)
  }

  async end(): Promise<void> {
    await this.order({})
    for (const child of [this.server, this.client]) child.process.kill('SIGCONT')
    await Promise.all([this.server.kill(), this.client.kill()])
  }

  async #start(): Promise<void> {
    await Promise.all([this.server.call('start'), this.client.call('start')])
  }

  async #talk(): Promise<void> {
    await this.#start()
    await sleep(1000)
  }

  async #hush(): Promise<void> {
    await Promise.all([this.server.call('stop'), this.client.call('stop')])
    await sleep(200)
  }

  async #collect(): Promise<void> {
    this.#published = await this.server.call<number>('published')
    const { numbers, pushes } = await this.server.call<ServerReport>('report', 0, 0)
    for (const number of numbers) this.#pulled.add(number)
    this.#pulledTwice += pushes.twice
  }

  /** All patterns move again. */
  async #recovered(began: number, healed: number): Promise<void> {
    for (const end = monotonic() + patience; monotonic() < end; await sleep(50)) {
      const { requests, news } = await this.client.call<ClientReport>('report', began, healed)
      const { pushes } = await this.server.call<ServerReport>('report', began, healed)
      if (requests.back !== undefined && news.back !== undefined && pushes.back !== undefined) return
    }
  }

  /** Every request has its reply. */
  async #quiet(): Promise<void> {
    for (const end = monotonic() + patience; monotonic() < end; await sleep(50)) {
      if ((await this.client.call<ClientReport>('report', 0, 0)).open === 0) break
    }
    await sleep(1000)
  }

  async #outcome(began: number, healed: number): Promise<Outcome> {
    const client = await this.client.call<ClientReport>('report', began, healed)
    const server = await this.server.call<ServerReport>('report', began, healed)
    await this.#collect()
    const since = (time: number | undefined, from: number): number | undefined => time && time - from
    const flow = (pattern: string, one: Flow): Outcome['flows'][number] => ({
      ...one,
      pattern,
      back: since(one.back, healed)
    })
    const { pushes } = server
    return {
      noticed: { client: since(client.noticed, began), server: since(server.noticed, began) },
      flows: [
        flow('REQ/REP', client.requests),
        flow('PUSH/PULL', { ...pushes, sent: client.pushed, received: this.#pulled.size, twice: this.#pulledTwice }),
        flow('PUB/SUB', { ...client.news, sent: this.#published })
      ],
      resends: client.resends,
      rejects: client.rejects,
      seen: this.scenario.seen?.(this) ?? ''
    }
  }
}
