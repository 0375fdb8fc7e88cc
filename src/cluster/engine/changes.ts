/** Waiting for what changes: who is there, what is connected, whether providers have looked around. */

export class Changes {
  /** Told of every change. */
  readonly #watchers: Set<() => void> = new Set()
  #closed = false

  notify(): void {
    for (const watcher of [...this.#watchers]) watcher()
  }

  /** Nothing changes any more: who waits is told that it does not hold. */
  close(): void {
    this.#closed = true
    this.notify()
  }

  /** Resolves with whether it holds, at the latest at the deadline. Rejects with the reason of the signal. */
  until(holds: () => boolean, deadline: number, signal?: AbortSignal): Promise<boolean> {
    if (holds()) return Promise.resolve(true)
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        clearTimeout(timer)
        this.#watchers.delete(look)
        signal?.removeEventListener('abort', onAbort)
      }
      const look = (): void => {
        if (!holds() && !this.#closed) return
        leave()
        resolve(!this.#closed)
      }
      const onAbort = (): void => {
        leave()
        reject(signal?.reason)
      }
      const late = (): void => {
        leave()
        resolve(false)
      }
      const timer = setTimeout(late, Math.min(Math.max(0, deadline - performance.now()), 2 ** 31 - 1))
      this.#watchers.add(look)
      signal?.addEventListener('abort', onAbort)
    })
  }
}

/** Resolves with the promise, or after `ms`; rejects as it does. */
export async function atMost(promise: Promise<unknown>, ms: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms)
  })
  try {
    await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
