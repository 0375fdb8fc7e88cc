/**
 * One call that one member is to take: a request, or the opening of a tunnel. It looks for a member, waits where none
 * can be asked, goes on to the next where one certainly did not handle it, and ends within its time.
 *
 *   looking ──► asked ──answer──► done
 *      ▲          │
 *      └─not handled, or lost and idempotent
 */
import { SpError } from 'hubless'
import { failureError } from '../errors.ts'
import { countFailure } from '../stats.ts'
import type { Deadlines, Timed } from './deadlines.ts'
import type { Failure, OutgoingCall, Tally } from './engine.ts'
import type { Pool } from './pool.ts'
import type { Opening, Target } from './target.ts'
import type { InLine } from './waiting-line.ts'

/** What a call needs of its engine. */
export interface Caller {
  readonly counts: Tally
  readonly deadlines: Deadlines
  closed(): boolean
  /** Whether a member of that name may still turn up at once: providers or first connections are under way. */
  undecided(name: string): boolean
  /** Nobody is there; told once for each call. */
  missed(name: string, verb: string): void
  /** Bytes of a call that waits; false: too many wait already. */
  reserve(bytes: number): boolean
  release(bytes: number): void
  /** Asks for a tunnel at a member. */
  open(target: Target, name: string, deadline: number, opening: Opening): void
}

/** A call that ends its members is not given to all of them. */
const mostLosses = 3

export abstract class SingleCall<R> implements InLine, Timed {
  protected readonly engine: Caller
  protected readonly pool: Pool
  protected readonly call: OutgoingCall
  readonly #size: number
  #target: Target | undefined
  /** Those that did not handle it. */
  #tried: Set<Target> | undefined
  #busy = false
  #losses = 0
  #asked = false
  #missed = false
  #reserved = false
  settled = false
  line: Timed['line']
  previous: Timed | undefined
  following: Timed | undefined
  ahead: InLine | undefined
  behind: InLine | undefined
  readonly #resolve: (value: R) => void
  readonly #reject: (error: unknown) => void

  constructor(
    engine: Caller,
    pool: Pool,
    call: OutgoingCall,
    size: number,
    resolve: (value: R) => void,
    reject: (error: unknown) => void
  ) {
    this.engine = engine
    this.pool = pool
    this.call = call
    this.#size = size
    this.#resolve = resolve
    this.#reject = reject
  }

  get deadline(): number {
    return this.call.deadline
  }

  get timeout(): number {
    return this.call.timeout
  }

  start(): void {
    const { timeout, signal } = this.call
    if (timeout <= 0) {
      this.late()
      return
    }
    this.engine.deadlines.add(this)
    signal?.addEventListener('abort', this)
    if (this.pool.waiting > 0 || !this.retry()) this.#wait()
  }

  /** The signal aborts. */
  handleEvent(): void {
    this.#withdraw()
    this.settle()
    this.#reject(this.call.signal?.reason)
  }

  retry(): boolean {
    const target = this.pool.pick(this.#tried)
    if (target !== undefined) {
      this.#unreserve()
      if (this.#size > target.max)
        this.#error('EMSGSIZE', `the body has ${this.#size} bytes, a member of ${this.pool.name} takes ${target.max}`)
      else {
        this.#target = target
        if (this.#asked) this.engine.counts.retried++
        this.#asked = true
        this.transmit(target)
      }
      return true
    }
    const { name } = this.pool
    if (this.#busy && !this.pool.has(this.#tried as Set<Target>)) {
      this.#error('EBUSY', `every member of ${name} is full`)
      return true
    }
    if (this.pool.alive || this.engine.undecided(name)) return false
    if (!this.#missed) {
      this.#missed = true
      this.engine.missed(name, this.verb)
    }
    if (!this.call.failFast) return false
    this.#error('EHOSTUNREACH', this.#nobody())
    return true
  }

  fail(from: Target, failure: Failure): void {
    if (this.settled) return
    if (failure.code !== 'EBUSY' && failure.code !== 'EHOSTUNREACH') {
      this.reject(failureError(this.pool.name, failure))
      return
    }
    this.#busy ||= failure.code === 'EBUSY'
    // It left; when it offers the name again its link says so.
    if (failure.code === 'EHOSTUNREACH') this.pool.remove(from)
    this.#again(from)
  }

  lost(): void {
    if (this.settled) return
    this.#target = undefined
    const { name } = this.pool
    if (this.engine.closed()) this.abandon(new SpError('EBADF', { message: 'the cluster is closed' }))
    else if (!this.call.idempotent) {
      this.#error(
        'ECONNRESET',
        `the member of ${name} that had the call is gone; it may have been handled (not idempotent)`
      )
    } else if (++this.#losses >= mostLosses) {
      this.#error('ECONNRESET', `${mostLosses} members of ${name} were lost with the call, one after the other`)
    } else if (!this.retry()) this.#wait()
  }

  silent(from: Target): void {
    if (this.settled || !this.call.idempotent) return
    this.#tried ??= new Set()
    this.#tried.add(from)
    if (this.pool.pick(this.#tried) === undefined) this.#tried.delete(from)
    else {
      this.#withdraw()
      this.retry()
    }
  }

  /** For tunnels: the way there could not be made, so it was not handled. */
  unreached(from: Target): void {
    if (!this.settled) this.#again(from)
  }

  abandon(error: Error): void {
    this.settle()
    this.#reject(error)
  }

  protected abstract readonly verb: string
  protected abstract transmit(target: Target): void
  /** Takes the call back from its member. */
  protected abstract cancel(target: Target): void

  protected resolve(value: R): void {
    this.settle()
    this.engine.counts.answered++
    this.#resolve(value)
  }

  protected reject(error: SpError): void {
    this.settle()
    countFailure(this.engine.counts, error.code)
    this.#reject(error)
  }

  protected settle(): void {
    this.settled = true
    this.#target = undefined
    this.engine.deadlines.delete(this)
    this.call.signal?.removeEventListener('abort', this)
    this.#unreserve()
  }

  #again(from: Target): void {
    this.#target = undefined
    this.#tried ??= new Set()
    this.#tried.add(from)
    if (!this.retry()) this.#wait()
  }

  #wait(): void {
    if (!this.engine.reserve(this.#size)) {
      this.#error('EBUSY', `too many calls wait for a member with room`)
      return
    }
    this.#reserved = true
    this.pool.wait(this)
  }

  #unreserve(): void {
    if (!this.#reserved) return
    this.#reserved = false
    this.pool.leave(this)
    this.engine.release(this.#size)
  }

  #withdraw(): void {
    const target = this.#target
    this.#target = undefined
    if (target !== undefined) this.cancel(target)
  }

  late(): void {
    const waiting = this.#target === undefined
    const { timeout } = this.call
    this.#withdraw()
    if (waiting && this.pool.alive) this.#error('EBUSY', `no member of ${this.pool.name} had room within ${timeout} ms`)
    else if (waiting) this.#error('EHOSTUNREACH', `${this.#nobody()} within ${timeout} ms`)
    else this.#error('ETIMEDOUT', `a member of ${this.pool.name} was asked and did not answer within ${timeout} ms`)
  }

  #nobody(): string {
    const { name, size } = this.pool
    return size === 0 ? `no member of ${name} seen` : `no member of ${name} that gives signs of life`
  }

  #error(code: 'EBUSY' | 'EHOSTUNREACH' | 'ETIMEDOUT' | 'ECONNRESET' | 'EMSGSIZE', message: string): void {
    this.reject(new SpError(code, { message }))
  }
}
