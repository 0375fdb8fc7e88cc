/**
 * A channel between a page and a worker, or two pages of an origin, that cannot hand each other ports: a broadcast channel
 * with a name that only these two know. It is told that the other is gone by a lock, which the platform takes from a
 * thread that ends.
 */
import type { Channel, Ear } from './channel.ts'

/** What was said last may come a moment after the news of the end, ms. */
const lastWords = 50

/** `BroadcastChannel` of pages. */
export interface Broadcast {
  onmessage: ((event: { data: unknown }) => void) | null
  postMessage(data: unknown): void
  close(): void
}

/** How often a new channel is tried, ms. */
const trial = 5

/**
 * Opens a broadcast channel; resolves once it really hears. A browser opens it in a process of its own, and what others
 * say until it has done so is lost.
 */
export function openBroadcast(name: string, hear: (data: unknown) => void): Promise<Broadcast> {
  const open = (): Broadcast => new BroadcastChannel(name) as unknown as Broadcast
  const [broadcast, tester] = [open(), open()]
  const probe = `probe ${Math.random()}`
  return new Promise((resolve) => {
    const test = (): void => tester.postMessage(probe)
    const timer = setInterval(test, trial)
    broadcast.onmessage = ({ data }) => {
      if (data !== probe) {
        if (typeof data !== 'string' || !data.startsWith('probe ')) hear(data)
        return
      }
      clearInterval(timer)
      tester.close()
      resolve(broadcast)
    }
    test()
  })
}

/** Calls back when the thread of the peer has ended, until the signal aborts. */
export type Watch = (ended: () => void, signal: AbortSignal) => void

export class PageChannel implements Channel {
  readonly #closed = new AbortController()
  #broadcast: Broadcast | undefined
  #ear: Ear | undefined
  /** What came before anybody listened. */
  #early: unknown[] = []

  static async open(name: string, watch: Watch): Promise<PageChannel> {
    const channel = new PageChannel(watch)
    channel.#broadcast = await openBroadcast(name, (data) => channel.#heard(data))
    return channel
  }

  private constructor(watch: Watch) {
    const ended = (): void => {
      if (!this.#closed.signal.aborted) this.#ear?.gone()
    }
    watch(() => setTimeout(ended, lastWords), this.#closed.signal)
  }

  listen(ear: Ear): void {
    this.#ear = ear
    const early = this.#early
    this.#early = []
    for (const data of early) this.#heard(data)
  }

  post(data: unknown): void {
    if (!this.#closed.signal.aborted) this.#broadcast?.postMessage(data)
  }

  close(): void {
    this.#closed.abort()
    this.#broadcast?.close()
  }

  #heard(data: unknown): void {
    if (this.#closed.signal.aborted) return
    if (this.#ear === undefined) this.#early.push(data)
    else this.#ear.heard(data)
  }
}
