/** This instance as a member: its own calls reach its own services without a connection. */
import { type Body, SpError } from 'hubless'
import { maxChunk } from '../tunnel/frames.ts'
import type {
  CallVerb,
  Desk,
  EngineHost,
  Failure,
  IncomingCall,
  MemberInfo,
  TunnelCarrier,
  TunnelSink
} from './engine.ts'
import { type Asking, type Opening, type Target, windowOfCalls } from './target.ts'

class HomeCall implements IncomingCall {
  readonly verb: CallVerb
  readonly from: string
  readonly body: Body
  readonly deadline: number
  canceled: (() => void) | undefined
  readonly #done: (call: HomeCall) => Asking | undefined
  readonly #home: Target

  constructor(
    verb: CallVerb,
    body: Body,
    deadline: number,
    home: Target,
    done: (call: HomeCall) => Asking | undefined
  ) {
    this.verb = verb
    this.from = home.id
    this.body = body
    this.deadline = deadline
    this.#home = home
    this.#done = done
  }

  answer(body: Body): void {
    this.#done(this)?.answer(this.#home, body)
  }

  fail(failure: Failure): void {
    this.#done(this)?.fail(this.#home, failure)
  }
}

export class Home implements Target {
  readonly id: string
  readonly zone: string
  readonly max: number
  readonly alive = true
  readonly desks: Map<string, Desk> = new Map()
  /** A call could be given to it again. */
  readonly #freed: () => void
  #calls = 0
  readonly #asking: Map<number, { readonly call: HomeCall; readonly asking: Asking }> = new Map()
  readonly #numbers: Map<HomeCall, number> = new Map()

  constructor({ id, zone, recvMaxSize }: EngineHost, freed: () => void) {
    this.id = id
    this.zone = zone
    this.max = recvMaxSize
    this.#freed = freed
  }

  /** What is shown of it by the name of that desk. */
  info({ name, metadata, since }: Desk, urls: readonly string[]): MemberInfo {
    const { id, zone, outstanding } = this
    return { id, name, zone, urls, metadata, since, outstanding }
  }

  get outstanding(): number {
    return this.#asking.size
  }

  get usable(): boolean {
    return this.#asking.size < windowOfCalls
  }

  ask(verb: 'request' | 'survey', name: string, body: Body, deadline: number, asking: Asking): number {
    const number = ++this.#calls
    const call = new HomeCall(verb, verb === 'survey' ? copy(body) : body, deadline, this, (done) => this.#settle(done))
    this.#asking.set(number, { call, asking })
    this.#numbers.set(call, number)
    const desk = this.desks.get(name)
    if (desk === undefined) call.fail({ code: 'EHOSTUNREACH' })
    else desk.take(call)
    return number
  }

  cancel(number: number): void {
    const entry = this.#asking.get(number)
    if (entry === undefined) return
    this.#settle(entry.call)
    entry.call.canceled?.()
  }

  tell(name: string, body: Body): boolean {
    this.desks.get(name)?.take(new HomeCall('broadcast', copy(body), Infinity, this, () => undefined))
    return true
  }

  open(name: string, _deadline: number, opening: Opening): void {
    const [here, there] = pairOfCarriers(this.id)
    const failure = this.desks.get(name)?.accept(this.id, () => there)
    if (failure === undefined) opening.opened(here)
    else opening.fail(this, failure)
  }

  #settle(call: HomeCall): Asking | undefined {
    const number = this.#numbers.get(call)
    if (number === undefined) return undefined
    const entry = this.#asking.get(number)
    this.#numbers.delete(call)
    this.#asking.delete(number)
    if (this.#asking.size === windowOfCalls - 1) queueMicrotask(this.#freed)
    return entry?.asking
  }
}

/** Others get the same bytes: who receives a body owns it. */
function copy(body: Body): Body {
  return Buffer.from(body) as Body
}

/** The two ends of a tunnel inside one process. Frames take a turn, so that neither end is called back from its own call. */
class HomeCarrier implements TunnelCarrier {
  readonly peer: string
  readonly maxFrame = maxChunk + 64
  other!: HomeCarrier
  #sink: TunnelSink | undefined
  #early: (() => void)[] = []
  #over = false

  constructor(peer: string) {
    this.peer = peer
  }

  send(header: Uint8Array, body: Body): boolean {
    const { other } = this
    if (this.#over) return true
    const frame = Buffer.concat([header, body]) as Body
    other.#deliver((sink) => sink.frame(frame))
    return true
  }

  start(sink: TunnelSink): void {
    this.#sink = sink
    const early = this.#early
    this.#early = []
    for (const task of early) queueMicrotask(task)
  }

  close(): void {
    if (this.#over) return
    this.#over = true
    const { other } = this
    other.#deliver((sink) => {
      if (other.#over) return
      other.#over = true
      sink.lost(new SpError('ECONNRESET', { message: 'the other end closed the tunnel' }))
    })
  }

  #deliver(task: (sink: TunnelSink) => void): void {
    const run = (): void => {
      if (!this.#over && this.#sink !== undefined) task(this.#sink)
    }
    if (this.#sink === undefined) this.#early.push(run)
    else queueMicrotask(run)
  }
}

function pairOfCarriers(id: string): [HomeCarrier, HomeCarrier] {
  const pair: [HomeCarrier, HomeCarrier] = [new HomeCarrier(id), new HomeCarrier(id)]
  pair[0].other = pair[1]
  pair[1].other = pair[0]
  return pair
}
