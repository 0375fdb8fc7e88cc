/**
 * Those who wait for the next message of a tunnel, in order: each until it has one, until the end, or until its timeout
 * or signal takes it out of the line.
 */
import type { WaitOptions } from 'hubless'
import { late } from '../waits.ts'

interface Receiving<In> {
  readonly resolve: (value: In | undefined) => void
  readonly reject: (error: unknown) => void
}

export class Receivers<In> {
  #waiting: Receiving<In>[] = []
  /** One has come, or has given up. */
  readonly #changed: () => void

  constructor(changed: () => void) {
    this.#changed = changed
  }

  get length(): number {
    return this.#waiting.length
  }

  wait({ signal, timeout = Infinity }: WaitOptions): Promise<In | undefined> {
    return new Promise((resolve, reject) => {
      let timer: ReturnType<typeof setTimeout> | undefined
      const leave = (): void => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', onAbort)
      }
      const entry: Receiving<In> = {
        resolve: (value) => {
          leave()
          resolve(value)
        },
        reject: (error) => {
          leave()
          reject(error)
        }
      }
      const withdraw = (error: unknown): void => {
        this.#waiting = this.#waiting.filter((other) => other !== entry)
        this.#changed()
        entry.reject(error)
      }
      const onAbort = (): void => withdraw(signal?.reason)
      signal?.addEventListener('abort', onAbort)
      if (timeout < 2 ** 31) timer = setTimeout(() => withdraw(late('recv', timeout)), timeout)
      this.#waiting.push(entry)
      this.#changed()
    })
  }

  /** Gives the first what `take` returns or throws. */
  serve(take: () => In): void {
    const first = this.#waiting.shift()
    try {
      first?.resolve(take())
    } catch (error) {
      first?.reject(error)
    }
  }

  /** Nothing more comes: all get the end, or why it broke. */
  finish(failure?: unknown): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const { resolve, reject } of waiting) {
      if (failure === undefined) resolve(undefined)
      else reject(failure)
    }
  }
}
