/**
 * Whether those live who have something of ours: members with a call, ends of tunnels. NATS tells nobody of a death, but
 * it says at once that nobody listens to a subject: so each of them is pinged on its own subject now and then, however
 * many calls it has. Unheard: it is gone. Heard, and no answer: it is silent, as a frozen process is.
 */

import type { Connection } from './connection.ts'
import { isUnheard, type Msg } from './package.ts'
import { lastToken, type Subjects } from './subjects.ts'

export interface Watcher {
  gone(): void
  silent(): void
}

interface Peer {
  readonly watchers: Set<Watcher>
  /** Pings that were not answered. */
  unanswered: number
}

/** Pings within the patience. */
const pings = 2
const none = new Uint8Array(0)

export class Peers {
  readonly #connection: Connection
  readonly #subjects: Subjects
  readonly #interval: number
  readonly #gone: (id: string) => void
  readonly #peers: Map<string, Peer> = new Map()
  #timer: ReturnType<typeof setInterval> | undefined

  constructor(connection: Connection, subjects: Subjects, patience: number, gone: (id: string) => void) {
    this.#connection = connection
    this.#subjects = subjects
    this.#interval = patience / pings
    this.#gone = gone
  }

  watch(id: string, watcher: Watcher): void {
    const peer = this.#peers.get(id)
    if (peer === undefined) this.#peers.set(id, { watchers: new Set([watcher]), unanswered: 0 })
    else peer.watchers.add(watcher)
    this.#timer ??= setInterval(() => this.#look(), this.#interval).unref()
  }

  leave(id: string, watcher: Watcher): void {
    const peer = this.#peers.get(id)
    if (peer?.watchers.delete(watcher) !== true || peer.watchers.size > 0) return
    this.#peers.delete(id)
    if (this.#peers.size === 0) this.stop()
  }

  /** Things of ours that a member has. */
  count(id: string): number {
    return this.#peers.get(id)?.watchers.size ?? 0
  }

  /** An answer to a ping, or that nobody hears it. */
  message(message: Msg): void {
    const id = lastToken(message.subject)
    const peer = this.#peers.get(id)
    if (peer === undefined) return
    peer.unanswered = 0
    if (!isUnheard(message)) return
    this.#peers.delete(id)
    for (const watcher of peer.watchers) watcher.gone()
    this.#gone(id)
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #look(): void {
    if (!this.#connection.up) return
    for (const [id, peer] of this.#peers) {
      if (peer.unanswered++ >= pings) for (const watcher of [...peer.watchers]) watcher.silent()
      this.#connection.publish(this.#subjects.instance(id), none, { reply: `${this.#subjects.inbox}ping.${id}` })
    }
  }
}
