/**
 * The health of this process, for whoever probes it. Three questions are kept apart, because mixing them takes services
 * down: started (may the others be asked?), live (should it be restarted?) and ready (should it get work?). Liveness
 * asks the event loop only, never a peer: a peer that is down is no reason to restart this process.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Rep, Respondent, Socket } from '../index.ts'
import { callable, check } from '../rules.ts'
import { type Aspect, aspects } from './aspects.ts'
import { Check, type CheckFunction, type CheckOptions, type CheckResult, checkRules } from './check.ts'
import {
  type AnyCluster,
  anyCluster,
  type ClusterWatchOptions,
  checkCluster,
  clusterLines,
  clusterWatchRules
} from './cluster.ts'
import {
  anySocket,
  type HealthOptions,
  type HealthServeOptions,
  type HttpOptions,
  healthRules,
  httpRequest,
  httpResponse,
  httpRules,
  repOrRespondent,
  serveRules
} from './health-options.ts'
import { questionOf, respond } from './http-answers.ts'
import type { HttpServer } from './http-server.ts'
import { LoopDelay } from './loop-delay.ts'
import { prometheusText, serviceMetrics } from './metrics.ts'
import type { Answering, HealthReport } from './report.ts'
import { checkOptions, oneOf, text } from './rules.ts'
import { type HealthState, Life } from './state.ts'
import { checkSocket, type WatchOptions, watchRules } from './watch.ts'

/** Answers for a process whether it is started, live and ready, over a socket or HTTP; what `health()` returns. */
export class Health implements Answering {
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
  readonly #life = new Life()
  readonly #sockets: Set<Socket> = new Set()
  readonly #clusters: Set<AnyCluster> = new Set()
  readonly #closers: (() => Promise<void>)[] = []

  constructor({ name = 'service', version, maxLoopDelay = 1000 }: HealthOptions) {
    this.#name = name
    this.#version = version ?? null
    this.#maxLoopDelay = maxLoopDelay
  }

  /** `starting`, `serving`, `draining` or `down`. */
  get state(): HealthState {
    return this.#life.state
  }

  /** What must hold for the process to be worth keeping. Never ask a peer here. */
  live(name: string, run: CheckFunction, options: CheckOptions = {}): this {
    return this.#add('live', name, run, options)
  }

  /** What must hold for it to get work. */
  ready(name: string, run: CheckFunction, options: CheckOptions = {}): this {
    return this.#add('ready', name, run, options)
  }

  /** What must have happened before it counts as started. */
  started(name: string, run: CheckFunction, options: CheckOptions = {}): this {
    return this.#add('started', name, run, options)
  }

  /** Makes a socket part of readiness, as far as `options` ask for anything, and of the metrics. */
  watch(socket: Socket, options?: WatchOptions): this
  /** Makes a cluster part of readiness, which it is while it serves and does not drain, and of the metrics. */
  watch(cluster: AnyCluster, options?: ClusterWatchOptions): this
  watch(watched: Socket | AnyCluster, options: WatchOptions | ClusterWatchOptions = {}): this {
    if (anyCluster.accepts(watched)) return this.#watchCluster(watched as AnyCluster, options as ClusterWatchOptions)
    return this.#watchSocket(watched as Socket, options as WatchOptions)
  }

  #watchCluster(cluster: AnyCluster, options: ClusterWatchOptions): this {
    checkOptions('watch()', options, clusterWatchRules)
    this.#clusters.add(cluster)
    cluster.on('close', () => this.#clusters.delete(cluster))
    return this.#add('ready', `cluster ${cluster.network}`, () => checkCluster(cluster, options), { cache: 0 })
  }

  #watchSocket(socket: Socket, options: WatchOptions): this {
    check('the socket of watch()', anySocket, socket)
    checkOptions('watch()', options, watchRules)
    this.#sockets.add(socket)
    socket.once('close', () => this.#sockets.delete(socket))
    return this.#add('ready', socket.name, () => checkSocket(socket, options), { cache: 0 })
  }

  /** Everything is set up. */
  serving(): void {
    this.#life.enter('serving')
  }

  /** First thing when it is to end: readiness is false from now on, while what was taken is finished. */
  draining(): void {
    this.#life.enter('draining')
  }

  /** Last thing: nothing is true any more. */
  down(): void {
    this.#life.enter('down')
  }

  /** Runs the checks of an aspect. Never rejects but with `EINVAL` for an unknown aspect. */
  async report(aspect: Aspect): Promise<HealthReport> {
    check('the aspect of report()', oneOf(aspects), aspect)
    const checks = await Promise.all([...this.#checks[aspect].values()].map((check) => check.result()))
    const loopDelay = Math.round(this.#loop.worst)
    if (aspect === 'live') checks.push(this.#loopCheck(loopDelay))
    // After the checks: whoever asked just before draining began gets no yes.
    const { state } = this.#life
    return {
      aspect,
      ok: this.#life.allows(aspect) && checks.every(({ ok }) => ok),
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
    return prometheusText(
      [...this.#sockets].map((socket) => socket.stats()),
      [
        ...serviceMetrics({
          name: this.#name,
          version: this.#version,
          state: this.#life.state,
          uptime: (performance.now() - this.#start) / 1000,
          loopDelay: this.#loop.worst / 1000
        }),
        ...clusterLines(Array.from(this.#clusters, (cluster) => cluster.stats()))
      ]
    )
  }

  /**
   * Answers on a REP or RESPONDENT: `live`, `ready`, `started` with a report as JSON, `metrics` with Prometheus text; an
   * empty request with the report of `ready`. Resolves when the socket closes.
   */
  async serve(socket: Rep | Respondent, options: HealthServeOptions = {}): Promise<void> {
    check('the socket of serve()', repOrRespondent, socket)
    checkOptions('serve()', options, serveRules)
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
  async http(options: HttpOptions = {}): Promise<HttpServer> {
    checkOptions('http()', options, httpRules)
    const { port = 0, host = '127.0.0.1' } = options
    const { serveHttp } = await import('./http-server.ts')
    const server = await serveHttp(this, port, host)
    this.#closers.push(server.close)
    return server
  }

  /** For an `http.Server` of your own: answers and returns true, or returns false for other paths. */
  handle(request: IncomingMessage, response: ServerResponse): boolean {
    check('the request of handle()', httpRequest, request)
    check('the response of handle()', httpResponse, response)
    const question = questionOf(request)
    if (question === undefined) return false
    void respond(this, question, request, response)
    return true
  }

  /** Stops HTTP servers and timers. */
  async close(): Promise<void> {
    this.#loop.stop()
    await Promise.all(this.#closers.map((close) => close()))
  }

  /** As `close()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #add(aspect: Aspect, name: string, run: CheckFunction, options: CheckOptions): this {
    check('the name of a check', text, name)
    check(`the check ${name}`, callable, run)
    checkOptions(`the check ${name}`, options, checkRules)
    this.#checks[aspect].set(name, new Check(name, run, options))
    return this
  }

  #loopCheck(delay: number): CheckResult {
    const ok = delay <= this.#maxLoopDelay
    const error = `the event loop was ${delay} ms late, more than ${this.#maxLoopDelay} ms`
    return { name: 'event loop', ok, ms: 0, ...(!ok && { error }) }
  }
}

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
