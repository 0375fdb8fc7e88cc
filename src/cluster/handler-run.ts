/** One handler at work, and what it gets: body, caller, deadline, and a signal that is made only if it is asked for. */
import type { IncomingCall } from './engine/engine.ts'
import type { HandlerCall } from './types.ts'

export class HandlerRun<Out, In> implements HandlerCall<In> {
  readonly body: In
  readonly call: IncomingCall
  /** Among those that run. */
  place = 0
  /** When it began, if its time is taken; 0 otherwise. */
  readonly #began: number
  #gone: AbortController | undefined
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(call: IncomingCall, body: In, timed: boolean) {
    this.#began = timed ? performance.now() : 0
    this.call = call
    this.body = body
  }

  get from(): string {
    return this.call.from
  }

  get deadline(): number {
    return performance.timeOrigin + this.call.deadline
  }

  get signal(): AbortSignal {
    if (this.#gone === undefined) {
      const gone = new AbortController()
      this.#gone = gone
      this.call.canceled = () => gone.abort()
      const left = this.call.deadline - performance.now()
      if (left < 2 ** 31) this.#timer = setTimeout(() => gone.abort(), Math.max(0, left)).unref()
    }
    return this.#gone.signal
  }

  /** Calls exactly one of the two, once. */
  start(
    handler: (call: HandlerRun<Out, In>) => unknown,
    answered: (run: HandlerRun<Out, In>, value: unknown) => void,
    threw: (run: HandlerRun<Out, In>, error: unknown) => void
  ): void {
    let result: unknown
    try {
      result = handler(this)
    } catch (error) {
      threw(this, error)
      return
    }
    if (typeof (result as { then?: unknown } | null | undefined)?.then !== 'function') {
      answered(this, result)
      return
    }
    Promise.resolve(result).then(
      (value) => answered(this, value),
      (error: unknown) => threw(this, error)
    )
  }

  /** The service closed: nobody will hear the answer. */
  abort(): void {
    this.#gone?.abort()
  }

  /** Returns how long it took, ms, where that was to be known; -1 otherwise. */
  finish(): number {
    if (this.#timer !== undefined) clearTimeout(this.#timer)
    this.call.canceled = undefined
    return this.#began === 0 ? -1 : performance.now() - this.#began
  }
}
