/**
 * A service of this instance: the desk on which engines put what arrived, and the handlers that take it from there.
 * A bounded number run, a bounded number wait in line, the rest is refused as busy: the caller tries another member. What
 * waited beyond its deadline is not handled.
 *
 *   arrived ──► room to run? ──► handler ──► answer or failure
 *                  └─► line ──┘   └─► expired, canceled: not handled
 */
import { type Body, Machine, type StateTable } from 'hubless'
import type { Bytes } from './bytes.ts'
import type { Desk, EngineHost, Failure, IncomingCall, TunnelCarrier } from './engine/engine.ts'
import { describeThrown } from './errors.ts'
import { Fifo } from './fifo.ts'
import { HandlerRun } from './handler-run.ts'
import { follow } from './mean.ts'
import type { resolveServeOptions } from './options.ts'
import { Tunnel, type TunnelSettings } from './tunnel/tunnel.ts'
import type { Handlers, ServiceStats } from './types.ts'

/** `draining`: takes no further calls, and finishes what it has. */
export type ServiceState = 'open' | 'draining' | 'closed'

export const serviceStates: StateTable<ServiceState, 'drain' | 'drained' | 'abandon'> = {
  name: 'service',
  initial: 'open',
  transitions: {
    open: { drain: 'draining' },
    draining: { drained: 'closed', abandon: 'closed' },
    closed: {}
  }
}

type Limits = ReturnType<typeof resolveServeOptions>

/** The time of one in so many handlers is taken. */
const timedRuns = 8

export class ServiceDesk<Out, In> implements Desk {
  readonly name: string
  readonly metadata: Readonly<Record<string, string>>
  readonly since: string = new Date().toISOString()
  readonly #handlers: Handlers<Out, In>
  readonly #limits: Limits
  readonly #bytes: Bytes<Out, In>
  readonly #host: EngineHost
  readonly #settings: TunnelSettings
  readonly #machine = new Machine(serviceStates)
  readonly #line: Fifo<IncomingCall> = new Fifo()
  /** Of the line: their callers gave up. */
  readonly #canceled: WeakSet<IncomingCall> = new WeakSet()
  #lineBytes = 0
  /** In no order: one that is done leaves its place to the last. */
  readonly #runs: HandlerRun<Out, In>[] = []
  readonly #tunnels: Set<Tunnel<Out, In>> = new Set()
  readonly #counts = { handled: 0, failed: 0, refused: 0, expired: 0 }
  #begun = 0
  #meanTime: number | null = null
  #emptied: (() => void) | undefined

  constructor(
    name: string,
    handlers: Handlers<Out, In>,
    limits: Limits,
    bytes: Bytes<Out, In>,
    host: EngineHost,
    settings: TunnelSettings
  ) {
    this.name = name
    this.metadata = limits.metadata
    this.#handlers = handlers
    this.#limits = limits
    this.#bytes = bytes
    this.#host = host
    this.#settings = settings
  }

  get state(): ServiceState {
    return this.#machine.state
  }

  take(call: IncomingCall): void {
    if (this.#handlers[call.verb] === undefined) {
      call.fail({ code: 'ENOTSUP' })
      return
    }
    if (this.#machine.state === 'closed') {
      call.fail({ code: 'EHOSTUNREACH' })
      return
    }
    const { concurrency, queue, queueBytes } = this.#limits
    if (this.#runs.length < concurrency) {
      this.#run(call)
      return
    }
    if (this.#line.length < queue && this.#lineBytes + call.body.length <= queueBytes) {
      this.#line.push(call)
      this.#lineBytes += call.body.length
      call.canceled = () => this.#canceled.add(call)
      return
    }
    this.#counts.refused++
    this.#host.dropped('busy', { from: call.from, size: call.body.length })
    call.fail({ code: 'EBUSY' })
  }

  accept(from: string, open: () => TunnelCarrier): Failure | undefined {
    const handler = this.#handlers.tunnel
    if (handler === undefined) return { code: 'ENOTSUP' }
    if (this.#machine.state !== 'open') return { code: 'EHOSTUNREACH' }
    if (this.#tunnels.size >= this.#limits.tunnels) {
      this.#counts.refused++
      return { code: 'EBUSY' }
    }
    const tunnel = new Tunnel(open(), this.name, from, this.#bytes, this.#settings)
    this.#tunnels.add(tunnel)
    void this.#serveTunnel(tunnel, handler)
    return undefined
  }

  /** Takes nothing new; resolves when all that was taken is answered, or after `linger` ms. Callers know already. */
  async drain(linger: number): Promise<void> {
    this.#machine.fire('drain')
    if (this.#busy && linger > 0) {
      await new Promise<void>((resolve) => {
        this.#emptied = resolve
        if (linger !== Infinity) setTimeout(resolve, Math.min(linger, 2 ** 31 - 1)).unref()
      })
    }
    this.#machine.fire(this.#busy ? 'abandon' : 'drained')
    for (const call of this.#line.drain()) call.fail({ code: 'EHOSTUNREACH' })
    this.#lineBytes = 0
    for (const run of this.#runs) run.abort()
    await Promise.all(Array.from(this.#tunnels, (tunnel) => tunnel.close({ timeout: 0 })))
  }

  stats(): ServiceStats {
    return {
      name: this.name,
      state: this.state,
      running: this.#runs.length,
      queued: this.#line.length,
      queuedBytes: this.#lineBytes,
      tunnels: this.#tunnels.size,
      ...this.#counts,
      meanTime: this.#meanTime
    }
  }

  get #busy(): boolean {
    return this.#runs.length + this.#line.length + this.#tunnels.size > 0
  }

  #run(call: IncomingCall): void {
    const handler = this.#handlers[call.verb]
    let body: In
    try {
      body = this.#bytes.decode(call.body)
    } catch (cause) {
      this.#host.dropped('codec', { from: call.from, size: call.body.length, cause })
      call.fail({
        code: 'EREMOTE',
        remote: { name: 'SpError', code: 'EPROTO', message: 'the codec could not decode it' }
      })
      return
    }
    const run = new HandlerRun<Out, In>(call, body, this.#begun++ % timedRuns === 0)
    run.place = this.#runs.push(run) - 1
    run.start(handler as (call: HandlerRun<Out, In>) => unknown, this.#answered, this.#threw)
  }

  readonly #answered = (run: HandlerRun<Out, In>, value: unknown): void => {
    const { call } = run
    if (call.verb === 'broadcast') {
      this.#finish(run, 'handled')
      return
    }
    let answer: Body
    try {
      answer = this.#bytes.encode(value as Out)
    } catch (error) {
      this.#threw(run, error)
      return
    }
    call.answer(answer)
    this.#finish(run, 'handled')
  }

  readonly #threw = (run: HandlerRun<Out, In>, cause: unknown): void => {
    const { call } = run
    if (call.verb === 'broadcast') this.#host.dropped('handler-error', { from: call.from, cause })
    else call.fail({ code: 'EREMOTE', remote: describeThrown(cause) })
    this.#finish(run, 'failed')
  }

  #finish(run: HandlerRun<Out, In>, how: 'handled' | 'failed'): void {
    const last = this.#runs.pop() as HandlerRun<Out, In>
    if (last !== run) {
      this.#runs[run.place] = last
      last.place = run.place
    }
    this.#counts[how]++
    const took = run.finish()
    if (took >= 0) this.#meanTime = follow(this.#meanTime, took)
    this.#advance()
    if (!this.#busy) this.#emptied?.()
  }

  /** Takes from the line what may run; not a recursion, however fast the handlers are. */
  #advancing = false
  #advance(): void {
    if (this.#advancing) return
    this.#advancing = true
    while (this.#runs.length < this.#limits.concurrency) {
      const call = this.#line.shift()
      if (call === undefined) break
      this.#lineBytes -= call.body.length
      call.canceled = undefined
      if (this.#canceled.has(call)) this.#counts.expired++
      else if (call.deadline > performance.now()) this.#run(call)
      else {
        this.#counts.expired++
        this.#host.dropped('expired', { from: call.from, size: call.body.length })
        call.fail({ code: 'ETIMEDOUT' })
      }
    }
    this.#advancing = false
  }

  async #serveTunnel(tunnel: Tunnel<Out, In>, handler: (tunnel: Tunnel<Out, In>) => unknown): Promise<void> {
    try {
      await handler(tunnel)
      this.#counts.handled++
      await tunnel.close()
    } catch (error) {
      if (tunnel.failure === undefined) {
        this.#counts.failed++
        tunnel.abort(describeThrown(error))
      }
    }
    this.#tunnels.delete(tunnel)
    if (!this.#busy) this.#emptied?.()
  }
}
