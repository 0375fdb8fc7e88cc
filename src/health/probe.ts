/**
 * Asks an endpoint from outside how it is. The default level, `header`, neither joins nor sends: it is safe on every
 * socket in use. Others take part and are refused where that would take messages meant for somebody else.
 */
import type { EndpointOptions } from '../index.ts'
import { open, parseTarget, type Target } from './connect.ts'
import { Finding } from './finding.ts'
import { readHeader } from './header.ts'
import type * as Visits from './join.ts'
import { checkProbeOptions, type ProbeOptions, servedBy } from './probe-options.ts'
import { describeProtocol, type ProtocolName, protocolName, protocols, unsafeToJoin } from './protocols.ts'
import type { Level, ProbeResult, Stage } from './result.ts'
import { type Status, statusOf } from './verdicts.ts'

interface Outcome {
  protocol?: ProtocolName | undefined
  answers?: number
  reply?: Buffer
  done: Level
}

/**
 * Resolves with what was found, also when the endpoint is down. Rejects with `EINVAL` for wrong arguments and with
 * `signal.reason` only.
 *
 * @example
 * const { healthy, verdict } = await probe('tcp://127.0.0.1:5555', { protocol: 'rep' })
 */
export async function probe(url: string, options: ProbeOptions = {}): Promise<ProbeResult> {
  checkProbeOptions(options)
  const target = parseTarget(url)
  options.signal?.throwIfAborted()
  const { level = 'header', timeout = 900 } = options
  // Sockets are loaded only where one is needed, before the clock runs: a probe is often a process of its own.
  const visits = level === 'accept' || level === 'header' ? undefined : await import('./join.ts')
  const run = new Probe(url, target, options, level, timeout, visits)
  try {
    return await run.result()
  } finally {
    run.end()
  }
}

class Probe {
  readonly #url: string
  readonly #target: Target | undefined
  readonly #options: ProbeOptions
  readonly #level: Level
  readonly #deadline: number
  readonly #visits: typeof Visits | undefined
  readonly #start = performance.now()
  readonly #stop = new AbortController()
  readonly #timer: NodeJS.Timeout
  readonly #stages: Stage[] = []
  readonly #outcome: Outcome
  readonly #onAbort = (): void => this.#stop.abort()

  constructor(
    url: string,
    target: Target | undefined,
    options: ProbeOptions,
    level: Level,
    timeout: number,
    visits: typeof Visits | undefined
  ) {
    this.#visits = visits
    this.#url = url
    this.#target = target
    this.#options = options
    this.#level = level
    this.#deadline = this.#start + timeout
    this.#timer = setTimeout(() => this.#stop.abort(), Math.min(timeout, 0x7fffffff))
    this.#outcome = { done: level }
    options.signal?.addEventListener('abort', this.#onAbort)
  }

  end(): void {
    clearTimeout(this.#timer)
    this.#options.signal?.removeEventListener('abort', this.#onAbort)
  }

  async result(): Promise<ProbeResult> {
    let finding: Finding | undefined
    try {
      await this.#run()
    } catch (error) {
      this.#options.signal?.throwIfAborted()
      if (!(error instanceof Finding)) throw error
      finding = error
    }
    const ms = performance.now() - this.#start
    const { verdict, status, message } = finding === undefined ? this.#judgeTime(ms) : describe(finding)
    return {
      url: this.#url,
      level: this.#level,
      done: this.#outcome.done,
      healthy: status === 'ok' || status === 'warning',
      status,
      verdict,
      message,
      protocol: this.#outcome.protocol ?? null,
      ms: rounded(ms),
      stages: this.#stages,
      answers: this.#outcome.answers ?? null,
      reply: this.#outcome.reply?.toString('utf8', 0, 1024) ?? null,
      code: finding?.code ?? null
    }
  }

  async #run(): Promise<void> {
    const { protocol, force } = this.#options
    const level = this.#level
    const wanted = protocol ?? servedBy[level]
    if (this.#target !== undefined) await this.#look(this.#target, wanted)
    else if (level === 'accept' || level === 'header') {
      throw new Finding('not-supported', `the level ${level} is for addresses that are reached from outside`)
    }
    if (level === 'accept' || level === 'header') return
    const found = this.#outcome.protocol ?? wanted
    if (level === 'handshake') {
      if (found === undefined) {
        throw new Finding('not-supported', `what ${this.#url} speaks cannot be seen from outside: say its protocol`)
      }
      if (unsafeToJoin.includes(found) && force !== true) {
        throw new Finding('unsafe', `a probe that joins ${found} gets messages meant for others or keeps its peer out`)
      }
      await this.#visits?.handshake(this.#visit(), found)
      this.#outcome.protocol ??= found
      return
    }
    await this.#ask(level)
    this.#outcome.protocol ??= wanted
  }

  /** What can be learnt without taking part. */
  async #look(target: Target, wanted: ProtocolName | undefined): Promise<void> {
    const { signal } = this.#stop
    const socket = await this.#stage('connect', () => open(target, this.#options.tls ?? {}, signal))
    try {
      if (this.#level === 'accept') return
      if (target.kind === 'ws') {
        if (this.#level === 'header') this.#outcome.done = 'accept'
        return
      }
      const id = await this.#stage('header', () => readHeader(socket, signal))
      this.#outcome.protocol = protocolName(id)
      if (wanted !== undefined && protocols[wanted].id !== id) {
        throw new Finding(
          'wrong-protocol',
          `it is ${describeProtocol(id)}, not ${describeProtocol(protocols[wanted].id)}`
        )
      }
      if (this.#outcome.protocol === undefined && this.#level !== 'header') {
        throw new Finding('not-supported', `it is ${describeProtocol(id)}, which hubless does not speak`)
      }
    } finally {
      socket.destroy()
    }
  }

  async #ask(level: 'request' | 'survey' | 'fresh'): Promise<void> {
    const { request = '', expect, min = 1, topic = '' } = this.#options
    const visits = this.#visits
    const visit = this.#visit()
    if (visits === undefined) return
    if (level === 'request') this.#outcome.reply = await visits.request(visit, request, expect)
    else if (level === 'fresh') this.#outcome.reply = await visits.fresh(visit, topic, expect)
    else {
      const left = (): number => this.#deadline - performance.now()
      const answers = await visits.survey(visit, request, min, left, expect)
      this.#outcome.answers = answers.length
    }
  }

  #visit(): Visits.Visit {
    const endpoint: EndpointOptions = this.#options.tls === undefined ? {} : { tls: this.#options.tls }
    return {
      url: this.#url,
      endpoint,
      signal: this.#stop.signal,
      stage: (name, run) => this.#stage(name, run)
    }
  }

  async #stage<T>(name: string, run: () => Promise<T>): Promise<T> {
    const start = performance.now()
    let ok = false
    try {
      const value = await run()
      ok = true
      return value
    } finally {
      this.#stages.push({ name, ms: rounded(performance.now() - start), ok })
    }
  }

  #judgeTime(ms: number): { verdict: 'ok' | 'slow'; status: Status; message: string } {
    const { warn = Infinity, critical = Infinity } = this.#options
    const speaks = this.#outcome.protocol === undefined ? '' : `, it is ${this.#outcome.protocol}`
    const only = this.#outcome.done === this.#level ? '' : ' (on WebSocket only accepting is free of side effects)'
    const done = `${this.#outcome.done}${only}${speaks}`
    if (ms <= warn && ms <= critical) return { verdict: 'ok', status: 'ok', message: `${done}, in ${rounded(ms)} ms` }
    const [status, limit] = ms > critical ? (['critical', critical] as const) : (['warning', warn] as const)
    return { verdict: 'slow', status, message: `${done}, in ${rounded(ms)} ms, more than ${limit} ms` }
  }
}

function describe(finding: Finding): { verdict: Finding['verdict']; status: Status; message: string } {
  return { verdict: finding.verdict, status: statusOf(finding.verdict), message: finding.message }
}

function rounded(ms: number): number {
  return Math.round(ms * 100) / 100
}
