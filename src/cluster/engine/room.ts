/**
 * Waiting until a member that is full has room. One that stays full is waited for once, and from then on costs the
 * others a turn of the event loop at most.
 */

/** How long a member that has become full is waited for before it misses a message that goes to all, ms. */
const hope = 100

export class Room {
  /** Waited for in vain; not waited for again until there is some. */
  #stuck = false
  readonly #waiting: Set<() => void> = new Set()

  /** Resolves when there is room, or when there seems to come none. */
  wait(): Promise<void> {
    if (this.#stuck) return new Promise((resolve) => setImmediate(resolve))
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer)
        this.#waiting.delete(done)
        resolve()
      }
      const timer = setTimeout(() => {
        this.#stuck = true
        // What has arrived meanwhile is looked at first.
        setImmediate(done)
      }, hope)
      this.#waiting.add(done)
    })
  }

  /** There is room again. */
  made(): void {
    this.#stuck = false
    this.release()
  }

  /** Nobody waits any longer, whether there is room or not. */
  release(): void {
    for (const done of [...this.#waiting]) done()
  }
}
