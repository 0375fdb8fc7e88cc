/** What waits for messages to the own inbox, by number: requests, openings of tunnels, surveys. */
import type { EngineHost } from 'hubless/cluster'
import type { Connection } from './connection.ts'
import type { Msg } from './package.ts'
import type { Peers } from './peers.ts'
import type { Subjects } from './subjects.ts'

export interface Waiting {
  message(message: Msg, number: number): void
  /** The connection ended. */
  ended(): void
  /** There is a connection again. */
  connected(): void
  close(): void
}

export class Calls {
  readonly host: EngineHost
  readonly connection: Connection
  readonly subjects: Subjects
  readonly peers: Peers
  readonly patience: number
  readonly #waiting: Map<number, Waiting> = new Map()
  /** All that are under way; some wait for a member before they are asked. */
  readonly live: Set<Waiting> = new Set()
  #number = 0

  constructor(host: EngineHost, connection: Connection, subjects: Subjects, peers: Peers, patience: number) {
    this.host = host
    this.connection = connection
    this.subjects = subjects
    this.peers = peers
    this.patience = patience
  }

  add(waiting: Waiting): number {
    const number = ++this.#number
    this.#waiting.set(number, waiting)
    return number
  }

  delete(number: number): void {
    this.#waiting.delete(number)
  }

  /** False: nobody waits for it. */
  message(number: number, message: Msg): boolean {
    const waiting = this.#waiting.get(number)
    waiting?.message(message, number)
    return waiting !== undefined
  }

  each(visit: (waiting: Waiting) => void): void {
    for (const waiting of [...this.live]) visit(waiting)
  }
}
