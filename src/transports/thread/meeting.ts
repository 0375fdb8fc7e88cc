/** Who has which name in this thread, who waits for one, and how either finds the others, wherever they are. */
import { SpError } from '../../core/errors.ts'
import { WaitQueue } from '../../core/waiting.ts'
import { type Channel, channelPair } from './channel.ts'
import type { Call, Ground, Neighbour, Notice, Place } from './ground.ts'

/** A bound name. */
export interface Bound {
  called(call: Call, channel: Channel): void
  /** The name is another thread's. */
  lost(): void
}

export class Meeting implements Neighbour {
  readonly ground: Ground
  readonly #bound: Map<string, Bound> = new Map()
  readonly #waiting: Map<string, WaitQueue<undefined, Place>> = new Map()
  /** Names that are being bound. */
  readonly #claimed: Set<string> = new Set()
  #joined = false
  /** What the thread stays for. */
  #errands = 0

  constructor(ground: Ground) {
    this.ground = ground
  }

  /** Resolves with what gives the name back; rejects with `EADDRINUSE`. */
  async bind(name: string, bound: Bound): Promise<() => void> {
    this.#begin()
    const free = !this.#claimed.has(name)
    if (free) this.#claimed.add(name)
    if (!free || !(await this.ground.claim(name))) {
      if (free) this.#claimed.delete(name)
      this.#end()
      const endpoint = `thread://${name}`
      const message = `another socket is bound to ${endpoint}; close it or choose another name`
      throw new SpError('EADDRINUSE', { message, endpoint })
    }
    this.#bound.set(name, bound)
    // Waiting dialers call once this listener is known to its socket.
    setTimeout(() => this.#announce(name), 0)
    return () => {
      if (this.#bound.get(name) === bound) this.#release(name)
    }
  }

  /** Resolves with where the name is bound, as soon as it is; rejects with the reason of the signal. */
  find(name: string, signal: AbortSignal): Promise<Place> {
    if (this.#bound.has(name)) return Promise.resolve(this.ground.here)
    const left = (): void => {
      this.#end()
      if (queue.head === undefined && this.#waiting.get(name) === queue) this.#waiting.delete(name)
    }
    const queue = this.#waiting.get(name) ?? new WaitQueue<undefined, Place>('connect', undefined, left)
    if (signal.aborted) return Promise.reject(signal.reason)
    this.#begin()
    if (!this.#waiting.has(name)) {
      this.#waiting.set(name, queue)
      this.ground.tell({ kind: 'seek', name })
    }
    return queue.wait(undefined, { signal }, Infinity)
  }

  /** Opens a channel to who is bound to a name. */
  async call(place: Place, call: Call): Promise<Channel> {
    if (place.member !== this.ground.here.member) return this.ground.call(place, call)
    const [own, theirs] = channelPair()
    queueMicrotask(() => this.called(call, theirs))
    return own
  }

  heard(notice: Notice): void {
    const { name } = notice
    if (notice.kind === 'bound') this.#waiting.get(name)?.resolveAll(notice.place)
    else if (this.#bound.has(name)) this.ground.tell({ kind: 'bound', name, place: this.ground.here })
  }

  called(call: Call, channel: Channel): void {
    const bound = this.#bound.get(call.name)
    if (bound === undefined) channel.close()
    else bound.called(call, channel)
  }

  lost(name: string): void {
    const bound = this.#bound.get(name)
    if (bound === undefined) return
    this.#release(name)
    bound.lost()
  }

  #announce(name: string): void {
    if (!this.#bound.has(name)) return
    this.#waiting.get(name)?.resolveAll(this.ground.here)
    this.ground.tell({ kind: 'bound', name, place: this.ground.here })
  }

  #release(name: string): void {
    this.#bound.delete(name)
    this.#claimed.delete(name)
    this.ground.release(name)
    this.#end()
  }

  #begin(): void {
    if (!this.#joined) this.ground.join(this)
    this.#joined = true
    if (this.#errands++ === 0) this.ground.stay(true)
  }

  #end(): void {
    if (--this.#errands === 0) this.ground.stay(false)
  }
}
