/**
 * Asks an endpoint from outside how it is. The default level, `header`, neither joins nor sends: it is safe on every
 * socket in use. Others take part and are refused where that would take messages meant for somebody else.
 */
import { Clock, rounded } from './clock.ts'
import { open, parseTarget, type Target } from './connect.ts'
import { Finding } from './finding.ts'
import { readGreeting, readHeader } from './header.ts'
import type * as Visits from './join.ts'
import { checkProbe, type ProbeOptions, servedBy } from './probe-options.ts'
import { describeProtocol, type ProtocolName, protocolName, protocols, unsafeToJoin } from './protocols.ts'
import type { Level, ProbeResult } from './result.ts'
import { judge } from './verdicts.ts'

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
  checkProbe(url, options)
  const target = parseTarget(url)
  options.signal?.throwIfAborted()
  const { level = 'header', timeout = 900 } = options
  // Sockets are loaded only where one is needed, before the clock runs: a probe is often a process of its own.
  const visits = joins(level) ? await load() : undefined
  const clock = new Clock(timeout, options.signal)
  try {
    return await new Probe(url, target, options, level, clock, visits).result()
  } finally {
    clock.stop()
  }
}

type Joining = Exclude<Level, 'accept' | 'header'>

function joins(level: Level): level is Joining {
  return level !== 'accept' && level !== 'header'
}

/** A process that is out of file descriptors can load nothing, which says nothing about the endpoint. */
function load(): Promise<typeof Visits | Finding> {
  return import('./join.ts').catch((error: NodeJS.ErrnoException) => {
    return new Finding('no-resources', `sockets cannot be loaded: ${error.message}`, error.code)
  })
}

class Probe {
  readonly #url: string
  readonly #target: Target | undefined
  readonly #options: ProbeOptions
  readonly #level: Level
  readonly #clock: Clock
  readonly #visits: typeof Visits | Finding | undefined
  readonly #outcome: Outcome

  constructor(
    url: string,
    target: Target | undefined,
    options: ProbeOptions,
    level: Level,
    clock: Clock,
    visits: typeof Visits | Finding | undefined
  ) {
    this.#url = url
    this.#target = target
    this.#options = options
    this.#level = level
    this.#clock = clock
    this.#visits = visits
    this.#outcome = { done: level }
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
    const { protocol = null, answers = null, reply, done } = this.#outcome
    const ms = rounded(this.#clock.elapsed)
    const { verdict, status, message } = judge(finding, this.#what(), ms, this.#options)
    return {
      url: this.#url,
      level: this.#level,
      done,
      healthy: status === 'ok' || status === 'warning',
      status,
      verdict,
      message,
      protocol,
      ms,
      stages: this.#clock.stages,
      answers,
      reply: reply?.toString('utf8', 0, 1024) ?? null,
      code: finding?.code ?? null
    }
  }

  async #run(): Promise<void> {
    const level = this.#level
    const visits = this.#visits
    if (visits instanceof Finding) throw visits
    const wanted = this.#options.protocol ?? servedBy[level]
    if (this.#target !== undefined) await this.#look(this.#target, wanted)
    else if (!joins(level)) {
      throw new Finding('not-supported', `the level ${level} is for addresses that are reached from outside`)
    }
    if (visits === undefined || !joins(level)) return
    if (this.#target?.zmtp) await import('../zmtp.ts')
    await this.#join(level, visits, this.#outcome.protocol ?? wanted)
    this.#outcome.protocol ??= wanted
  }

  /** What can be learnt without taking part. */
  async #look(target: Target, wanted: ProtocolName | undefined): Promise<void> {
    const { signal } = this.#clock
    const socket = await this.#clock.stage('connect', () => open(target, this.#options.tls ?? {}, signal))
    try {
      if (this.#level === 'accept') return
      if (target.kind === 'ws') {
        if (this.#level === 'header') this.#outcome.done = 'accept'
        return
      }
      if (target.zmtp) {
        await this.#clock.stage('header', () => readGreeting(socket, signal))
        return
      }
      const id = await this.#clock.stage('header', () => readHeader(socket, signal))
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

  async #join(level: Joining, visits: typeof Visits, protocol: ProtocolName | undefined): Promise<void> {
    const { request = '', topic = '', tls } = this.#options
    const visit: Visits.Visit = {
      url: this.#url,
      endpoint: tls === undefined ? {} : { tls },
      clock: this.#clock,
      ...this.#options
    }
    if (level === 'handshake') await visits.handshake(visit, this.#safe(protocol))
    else if (level === 'request') this.#outcome.reply = await visits.request(visit, request)
    else if (level === 'fresh') this.#outcome.reply = await visits.fresh(visit, topic)
    else this.#outcome.answers = await visits.survey(visit, request)
  }

  /** What may be joined without harm. */
  #safe(protocol: ProtocolName | undefined): ProtocolName {
    if (protocol === undefined) {
      throw new Finding('not-supported', `what ${this.#url} speaks cannot be seen from outside: say its protocol`)
    }
    if (unsafeToJoin.includes(protocol) && this.#options.force !== true) {
      throw new Finding('unsafe', `a probe that joins ${protocol} gets messages meant for others or keeps its peer out`)
    }
    this.#outcome.protocol ??= protocol
    return protocol
  }

  /** What has been found to be well, in a few words. */
  #what(): string {
    const { protocol, done } = this.#outcome
    const speaks = protocol === undefined ? '' : `, it is ${protocol}`
    return `${done}${done === this.#level ? '' : ' (on WebSocket only accepting is free of side effects)'}${speaks}`
  }
}
