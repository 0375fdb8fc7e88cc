/**
 * Threads of a browser: a page, its workers, and the other tabs of its origin. Broadcast channels carry everything, and
 * locks of the platform keep names and tell of threads that ended. Both are there where a page is secure.
 */
import { SpError } from '../../core/errors.ts'
import { platform } from '../../core/platform.ts'
import type { Channel } from './channel.ts'
import type { Call, Ground, Neighbour, Notice, Place } from './ground.ts'
import { type Broadcast, openBroadcast, PageChannel, type Watch } from './page-channel.ts'

/** Copies of hubless that understand each other have the same; others are not heard. */
const language = 'hubless/threads 1'

/** `navigator.locks`. */
interface Locks {
  request(
    name: string,
    options: { readonly ifAvailable?: boolean; readonly signal?: AbortSignal },
    held: (lock: object | null) => unknown
  ): Promise<unknown>
}

/** A thread opens a channel to another. */
interface Knock {
  readonly kind: 'call'
  readonly to: string
  readonly from: Place
  readonly id: string
  readonly call: Call
}

export class PageGround implements Ground {
  readonly here: Place = { member: id(), thread: 0 }
  /** What gives names back. */
  readonly #names: Map<string, () => void> = new Map()
  #locks!: Locks
  /** What all threads hear, once others can tell that this one lives. */
  #broadcast: Promise<Broadcast> | undefined

  join(neighbour: Neighbour): void {
    const { locks } = (globalThis as unknown as { navigator: { locks?: Locks } }).navigator
    if (locks === undefined) {
      throw new SpError('ENOTSUP', {
        message: 'thread:// needs navigator.locks: serve the page over https or loopback'
      })
    }
    this.#locks = locks
    const alive = new Promise<void>((granted) => {
      const forever = (): Promise<void> => {
        granted()
        return new Promise(() => {})
      }
      void locks.request(lockOf(this.here.member), {}, forever)
    })
    const opened = openBroadcast(language, (data) => {
      const notice = data as Notice | Knock
      if (notice.kind !== 'call') neighbour.heard(notice)
      else if (notice.to === this.here.member) void this.#answer(notice, neighbour)
    })
    this.#broadcast = alive.then(() => opened)
  }

  tell(notice: Notice | Knock): void {
    void this.#broadcast?.then((broadcast) => broadcast.postMessage(notice))
  }

  async claim(name: string): Promise<boolean> {
    await this.#broadcast
    return new Promise((resolve) => {
      void this.#locks.request(`${language} name ${name}`, { ifAvailable: true }, (lock) => {
        resolve(lock !== null)
        if (lock === null) return undefined
        return new Promise<void>((release) => this.#names.set(name, release))
      })
    })
  }

  release(name: string): void {
    this.#names.get(name)?.()
    this.#names.delete(name)
  }

  async call(place: Place, call: Call): Promise<Channel> {
    await this.#broadcast
    const knock: Knock = { kind: 'call', to: place.member, from: this.here, id: id(), call }
    const channel = await this.#open(knock.id, place.member)
    this.tell(knock)
    return channel
  }

  stay(): void {}

  soon(task: () => void): void {
    platform.turn(task)
  }

  allocate(size: number): Uint8Array<ArrayBuffer> {
    return new Uint8Array(size)
  }

  async #answer({ call, id, from }: Knock, neighbour: Neighbour): Promise<void> {
    neighbour.called(call, await this.#open(id, from.member))
  }

  /** A channel to a member; both ends open it by its id. */
  #open(id: string, member: string): Promise<Channel> {
    const watch: Watch = (ended, signal) => {
      this.#locks.request(lockOf(member), { signal }, ended).catch(() => {})
    }
    return PageChannel.open(`${language} ${id}`, watch)
  }
}

function lockOf(member: string): string {
  return `${language} member ${member}`
}

function id(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
