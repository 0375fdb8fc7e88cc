/** Waiting for something to change, and for the server, which never answers once the connection is gone. */

export class Changes {
  readonly #waiters: Set<() => void> = new Set()

  /** Resolves at the next change, or after `timeout` ms. */
  next(timeout = Infinity): Promise<void> {
    return new Promise((resolve) => {
      let timer: ReturnType<typeof setTimeout> | undefined
      const done = (): void => {
        clearTimeout(timer)
        this.#waiters.delete(done)
        resolve()
      }
      if (timeout < 2 ** 31) timer = setTimeout(done, Math.max(0, timeout))
      this.#waiters.add(done)
    })
  }

  tell(): void {
    for (const waiter of [...this.#waiters]) waiter()
  }
}

/** Whether the task was done within `timeout` ms, and before `ended` resolved. */
export async function within(
  timeout: number,
  task: Promise<unknown>,
  ended: Promise<unknown> | undefined
): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), Math.max(0, timeout))
  })
  const done = task.then(
    () => true,
    () => false
  )
  const result = await Promise.race([done, late, ...(ended === undefined ? [] : [ended.then(() => false)])])
  clearTimeout(timer)
  return result
}
