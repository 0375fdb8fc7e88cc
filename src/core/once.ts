/**
 * An end that comes once. Closing emits events while it is under way, and a listener of these may close again; that
 * call must find the end that has begun, and wait for it as any other.
 */
export class Once {
  #promise: Promise<void> | undefined

  /** Runs `task` at the first call. Every call, also one from inside the task, resolves with that one. */
  run(task: () => Promise<void>): Promise<void> {
    if (this.#promise === undefined) {
      let settle!: (result: Promise<void>) => void
      this.#promise = new Promise((resolve) => {
        settle = resolve
      })
      settle(task())
    }
    return this.#promise
  }
}
