/** The answers of a survey, as they come: until the deadline, enough of them, or silence. */
import type { Body } from 'hubless'
import type { Bytes } from './bytes.ts'
import type { Engine, EngineHost } from './engine/engine.ts'
import { Fifo } from './fifo.ts'
import type { ClusterSurvey, SurveyAnswer } from './types.ts'

const finished = { done: true, value: undefined } as const

interface Endings {
  readonly deadline: number
  readonly count: number
  readonly quiet: number
  readonly signal: AbortSignal | undefined
}

interface Waiting<In> {
  readonly resolve: (result: IteratorResult<SurveyAnswer<In>>) => void
  readonly reject: (error: unknown) => void
}

export class SurveyRun<In> implements ClusterSurvey<In> {
  readonly #endings: Endings
  readonly #bytes: Bytes<never, In>
  readonly #host: EngineHost
  readonly #over = new AbortController()
  readonly #missing: Set<string> = new Set()
  readonly #answers: Fifo<SurveyAnswer<In>> = new Fifo()
  readonly #waiting: Fifo<Waiting<In>> = new Fifo()
  readonly #deadline: ReturnType<typeof setTimeout> | undefined
  #quiet: ReturnType<typeof setTimeout> | undefined
  #count = 0
  #done = false
  #aborted: { readonly reason: unknown } | undefined

  constructor(endings: Endings, bytes: Bytes<never, In>, host: EngineHost) {
    this.#endings = endings
    this.#bytes = bytes
    this.#host = host
    if (endings.deadline < 2 ** 31) this.#deadline = setTimeout(this.#finish, endings.deadline)
    endings.signal?.addEventListener('abort', this.#onAbort)
    this.#listen()
  }

  /** Asks the engines one after the other: the next is asked when it can be told whom it need not ask. */
  begin(engines: readonly Engine[], name: string, body: Body): void {
    const except = new Set<string>()
    let running = engines.length
    const { deadline } = this.#endings
    const end = performance.now() + deadline
    const ask = (index: number): void => {
      const engine = engines[index]
      if (engine === undefined) return
      let told = false
      const next = (): void => {
        if (told) return
        told = true
        ask(index + 1)
      }
      engine.survey(name, body, {
        except: new Set(except),
        deadline: end,
        signal: this.#over.signal,
        asked: (ids) => {
          for (const id of ids) {
            except.add(id)
            this.#missing.add(id)
          }
          next()
        },
        answer: (from, answer) => this.#answer(from, answer),
        failed: () => {},
        end: () => {
          next()
          if (--running === 0) this.#finish()
        }
      })
    }
    ask(0)
  }

  get missing(): readonly string[] {
    return [...this.#missing]
  }

  next(): Promise<IteratorResult<SurveyAnswer<In>>> {
    const answer = this.#answers.shift()
    if (answer !== undefined) return Promise.resolve({ done: false, value: answer })
    if (this.#aborted !== undefined) {
      const { reason } = this.#aborted
      this.#aborted = undefined
      return Promise.reject(reason)
    }
    if (this.#done) return Promise.resolve(finished)
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }))
  }

  return(): Promise<IteratorResult<SurveyAnswer<In>>> {
    this.#answers.drain()
    this.#finish()
    return Promise.resolve(finished)
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  #answer(from: string, bytes: Body): void {
    if (this.#done) {
      this.#host.dropped('late', { from, size: bytes.length })
      return
    }
    let body: In
    try {
      body = this.#bytes.decode(bytes)
    } catch (cause) {
      this.#host.dropped('codec', { from, size: bytes.length, cause })
      return
    }
    this.#missing.delete(from)
    this.#listen()
    const value = { body, from }
    const waiting = this.#waiting.shift()
    if (waiting === undefined) this.#answers.push(value)
    else waiting.resolve({ done: false, value })
    if (++this.#count >= this.#endings.count) this.#finish()
  }

  /** Silence counts from the last answer. */
  #listen(): void {
    clearTimeout(this.#quiet)
    if (this.#endings.quiet < 2 ** 31) this.#quiet = setTimeout(this.#finish, this.#endings.quiet)
  }

  readonly #onAbort = (): void => {
    this.#aborted = { reason: this.#endings.signal?.reason }
    this.#finish()
  }

  readonly #finish = (): void => {
    if (this.#done) return
    this.#done = true
    clearTimeout(this.#deadline)
    clearTimeout(this.#quiet)
    this.#endings.signal?.removeEventListener('abort', this.#onAbort)
    this.#over.abort()
    for (const { resolve, reject } of this.#waiting.drain()) {
      if (this.#aborted === undefined) resolve(finished)
      else reject(this.#aborted.reason)
      this.#aborted = undefined
    }
  }
}
