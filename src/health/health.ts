/**
 * The health of this process, for whoever probes it. Three questions are kept apart, because mixing them takes services
 * down: started (may the others be asked?), live (should it be restarted?) and ready (should it get work?). Liveness
 * asks the event loop only, never a peer: a peer that is down is no reason to restart this process.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { SpError } from '../errors.ts'
import type { Rep, Respondent, Socket } from '../index.ts'
import { Check, type CheckFunction, type CheckOptions, type CheckResult, checkRules } from './check.ts'
import { LoopDelay } from './loop-delay.ts'
import { formatLabels, prometheusText } from './metrics.ts'
import { checkOptions, count, duration, type Rules, text } from './rules.ts'
import { type HealthState, nextStates } from './state.ts'
import { checkSocket, type WatchOptions, watchRules } from './watch.ts'

const aspects = ['live', 'ready', 'started'] as const
export type Aspect = (typeof aspects)[number]

export interface HealthOptions {
  /** Of the service, for reports. Default: `service`. */
  name?: string | undefined
  version?: string | undefined
  /** An event loop that was later than this in the last seconds is not live, ms. Default 1000. */
  maxLoopDelay?: number | undefined
}

const healthRules: Rules<HealthOptions> = { name: text, version: text, maxLoopDelay: duration }

/** The answer to one question. Plain JSON. */
export interface HealthReport {
  readonly aspect: Aspect
  readonly ok: boolean
  readonly state: HealthState
  readonly name: string
  readonly version: string | null
  /** Since `health()`, seconds. */
  readonly uptime: number
  /** ms */
  readonly loopDelay: number
  readonly checks: readonly CheckResult[]
}

export interface HttpOptions {
  port?: number | undefined
  /** Default `127.0.0.1`; a kubelet comes from outside the pod: `0.0.0.0` or `::`. */
  host?: string | undefined
}

const httpRules: Rules<HttpOptions> = { port: count(0, 65535), host: text }

export class Health {
  readonly #name: string
  readonly #version: string | null
  readonly #maxLoopDelay: number
  readonly #loop = new LoopDelay()
  readonly #start = performance.now()
  readonly #checks: Readonly<Record<Aspect, Map<string, Check>>> = {
    live: new Map(),
    ready: new Map(),
    started: new Map()
  }
  readonly #sockets: Set<Socket> = new Set()
  readonly #closers: (() => Promise<void>)[] = []
  #state: HealthState = 'starting'

  constructor({ name = 'service', version, maxLoopDelay = 1000 }: HealthOptions) {
    this.#name = name
    this.#version = version ?? null
    this.#maxLoopDelay = maxLoopDelay
  }

  get state(): HealthState {
    return this.#state
  }

  /** What must hold for the process to be worth keeping. Never ask a peer here. */
  live(name: string, check: CheckFunction, options: CheckOptions = {}): this {
    return this.#add('live', name, check, options)
  }

  /** What must hold for it to get work. */
  ready(name: string, check: CheckFunction, options: CheckOptions = {}): this {
    return this.#add('ready', name, check, options)
  }

  /** What must have happened before it counts as started. */
  started(name: string, check: CheckFunction, options: CheckOptions = {}): this {
    return this.#add('started', name, check, options)
  }

  /** Makes a socket part of readiness, as far as `options` ask for anything, and of the metrics. */
  watch(socket: Socket, options: WatchOptions = {}): this {
    checkOptions('watch()', options, watchRules)
    this.#sockets.add(socket)
    socket.once('close', () => this.#sockets.delete(socket))
    return this.#add('ready', socket.name, () => checkSocket(socket, options), { cache: 0 })
  }

  /** Everything is set up. */
  serving(): void {
    this.#enter('serving')
  }

  /** First thing when it is to end: readiness is false from now on, while what was taken is finished. */
  draining(): void {
    this.#enter('draining')
  }

  /** Last thing: nothing is true any more. */
  down(): void {
    this.#enter('down')
  }

  async report(aspect: Aspect): Promise<HealthReport> {
    const checks = await Promise.all([...this.#checks[aspect].values()].map((check) => check.result()))
    const loopDelay = Math.round(this.#loop.worst)
    if (aspect === 'live') checks.push(this.#loopCheck(loopDelay))
    // After the checks: whoever asked just before draining began gets no yes.
    const state = this.#state
    return {
      aspect,
      ok: allows(state, aspect) && checks.every(({ ok }) => ok),
      state,
      name: this.#name,
      version: this.#version,
      uptime: Math.round((performance.now() - this.#start) / 10) / 100,
      loopDelay,
      checks
    }
  }

  /** Prometheus text: the state, the event loop, and the statistics of every watched socket. */
  metrics(): string {
    const labels = formatLabels({ service: this.#name, ...(this.#version !== null && { version: this.#version }) })
    const own = [
      '# HELP hubless_service_state 1 for the state the process is in.',
      '# TYPE hubless_service_state gauge',
      ...(Object.keys(nextStates) as HealthState[]).map((state) => {
        return `hubless_service_state${formatLabels({ service: this.#name, state })} ${state === this.#state ? 1 : 0}`
      }),
      '# HELP hubless_uptime_seconds Since the process registered its health.',
      '# TYPE hubless_uptime_seconds gauge',
      `hubless_uptime_seconds${labels} ${(performance.now() - this.#start) / 1000}`,
      '# HELP hubless_event_loop_delay_seconds Longest delay of the event loop in the last seconds.',
      '# TYPE hubless_event_loop_delay_seconds gauge',
      `hubless_event_loop_delay_seconds${labels} ${this.#loop.worst / 1000}`
    ]
    return prometheusText(
      [...this.#sockets].map((socket) => socket.stats()),
      own
    )
  }

  /**
   * Answers on a REP or RESPONDENT: `live`, `ready`, `started` with a report as JSON, `metrics` with Prometheus text; an
   * empty request with the report of `ready`. Resolves when the socket closes.
   */
  async serve(socket: Rep | Respondent, options: { signal?: AbortSignal | undefined } = {}): Promise<void> {
    await socket.serve(async ({ body }) => {
      const question = body.toString('utf8', 0, 16).trim()
      if (question === 'metrics') return this.metrics()
      const aspect = question === '' ? 'ready' : aspects.find((known) => known === question)
      if (aspect !== undefined) return JSON.stringify(await this.report(aspect))
      return JSON.stringify({ ok: false, error: `ask for ${aspects.join(', ')} or metrics` })
    }, options)
  }

  /**
   * Listens for HTTP: `/livez`, `/readyz`, `/startupz` answer 200 or 503 with the report, `/metrics` with Prometheus
   * text. Resolves with the port. The server ends with `close()` and does not keep the process alive.
   */
  async http(options: HttpOptions = {}): Promise<{ port: number; close(): Promise<void> }> {
    checkOptions('http()', options, httpRules)
    const { port = 0, host = '127.0.0.1' } = options
    const { serveHttp } = await import('./http.ts')
    const server = await serveHttp(this, port, host)
    this.#closers.push(server.close)
    return server
  }

  /** For an `http.Server` of your own: answers and returns true, or returns false for other paths. */
  handle(request: IncomingMessage, response: ServerResponse): boolean {
    const path = request.url?.split('?', 1)[0] ?? ''
    if (!paths.includes(path)) return false
    void import('./http.ts').then(({ respond }) => respond(this, path, request, response))
    return true
  }

  /** Stops HTTP servers and timers. */
  async close(): Promise<void> {
    this.#loop.stop()
    await Promise.all(this.#closers.map((close) => close()))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #add(aspect: Aspect, name: string, check: CheckFunction, options: CheckOptions): this {
    checkOptions(`the check ${name}`, options, checkRules)
    this.#checks[aspect].set(name, new Check(name, check, options))
    return this
  }

  #enter(state: HealthState): void {
    if (state === this.#state) return
    const next = nextStates[this.#state]
    if (!next.includes(state)) {
      const allowed = next.join(', ') || 'nothing any more'
      const message = `a process that is ${this.#state} cannot become ${state}; allowed is ${allowed}`
      throw new SpError('EINVAL', { message })
    }
    this.#state = state
  }

  #loopCheck(delay: number): CheckResult {
    const ok = delay <= this.#maxLoopDelay
    const error = `the event loop was ${delay} ms late, more than ${this.#maxLoopDelay} ms`
    return { name: 'event loop', ok, ms: 0, ...(!ok && { error }) }
  }
}

/** What each state lets be true, whatever the checks say. */
function allows(state: HealthState, aspect: Aspect): boolean {
  if (aspect === 'live') return state !== 'down'
  if (aspect === 'ready') return state === 'serving'
  return state === 'serving' || state === 'draining'
}

const paths: readonly string[] = ['/livez', '/readyz', '/startupz', '/metrics']

/**
 * The health of this process. Throws `EINVAL` for wrong options, as its methods do, and as they do for a state that
 * cannot follow.
 *
 * @example
 * const monitor = health({ name: 'orders' }).watch(rep, { bound: 1 }).ready('database', () => database.ping())
 * await monitor.http({ port: 8081, host: '0.0.0.0' })
 * monitor.serving()
 */
export function health(options: HealthOptions = {}): Health {
  checkOptions('health()', options, healthRules)
  return new Health(options)
}
