/**
 * Subscriptions. NATS knows whole parts of topics, prefixes may end anywhere: what is asked for is everything below the
 * last `/` of the prefix, once, however many prefixes lead to it. Where one subscription covers another, a publication
 * comes by both: the widest that is in force delivers it.
 */

import type { EngineHost, Registration } from 'hubless/cluster'
import { isExcepted } from './answers.ts'
import type { Connection } from './connection.ts'
import { bodyOf, type Msg } from './package.ts'
import { prefixTokens, type Subjects } from './subjects.ts'

interface Taken {
  readonly prefixes: Set<string>
  readonly withdraw: () => Promise<void>
  inForce: boolean
}

export class Topics {
  readonly #host: EngineHost
  readonly #connection: Connection
  readonly #subjects: Subjects
  /** By tokens. */
  readonly #taken: Map<string, Taken> = new Map()
  readonly #prefixes: Set<string> = new Set()

  constructor(host: EngineHost, connection: Connection, subjects: Subjects) {
    this.#host = host
    this.#connection = connection
    this.#subjects = subjects
  }

  get size(): number {
    return this.#taken.size
  }

  async subscribe(prefix: string, patience: number): Promise<Registration> {
    const tokens = prefixTokens(prefix)
    this.#prefixes.add(prefix)
    let taken = this.#taken.get(tokens)
    if (taken === undefined) {
      const withdraw = this.#connection.listen(this.#subjects.topics(tokens), (message) =>
        this.#arrived(tokens, message)
      )
      taken = { prefixes: new Set(), withdraw, inForce: false }
      this.#taken.set(tokens, taken)
    }
    taken.prefixes.add(prefix)
    await this.#connection.flushed(patience)
    taken.inForce = true
    return { withdraw: () => this.#unsubscribe(prefix, tokens) }
  }

  async #unsubscribe(prefix: string, tokens: string): Promise<void> {
    const taken = this.#taken.get(tokens)
    this.#prefixes.delete(prefix)
    taken?.prefixes.delete(prefix)
    if (taken === undefined || taken.prefixes.size > 0) return
    this.#taken.delete(tokens)
    await taken.withdraw()
  }

  #arrived(tokens: string, message: Msg): void {
    const { from, topic } = this.#subjects.readTopic(message.subject)
    // What is published here is delivered here, whatever NATS does.
    if (from === this.#host.id || isExcepted(message, this.#host.id)) return
    if (this.#widest(topic) !== tokens || !this.#isWanted(topic)) return
    this.#host.deliver(topic, bodyOf(message), from)
  }

  /** Of those in force the one that covers most; while none is, the first that is there. */
  #widest(topic: string): string | undefined {
    let first: string | undefined
    for (let end = -1; ; ) {
      const tokens = prefixTokens(topic.slice(0, end + 1))
      const taken = this.#taken.get(tokens)
      if (taken?.inForce === true) return tokens
      if (taken !== undefined) first ??= tokens
      end = topic.indexOf('/', end + 1)
      if (end < 0) return first
    }
  }

  #isWanted(topic: string): boolean {
    for (let length = 0; length <= topic.length; length++) if (this.#prefixes.has(topic.slice(0, length))) return true
    return false
  }
}
