/**
 * Timeouts of many calls with few timers: calls with the same timeout end in the order in which they began, so each such
 * line needs one timer, for its first.
 */
export interface Timed {
  /** On the clock of `performance.now()`. */
  readonly deadline: number
  readonly timeout: number
  line: Line | undefined
  previous: Timed | undefined
  following: Timed | undefined
  /** The time is over. */
  late(): void
}

const longest = 2 ** 31 - 1
/** Timers may fire this much early, ms. */
const early = 1

class Line {
  readonly timeout: number
  first: Timed | undefined
  last: Timed | undefined
  timer: ReturnType<typeof setTimeout> | undefined

  constructor(timeout: number) {
    this.timeout = timeout
  }
}

export class Deadlines {
  readonly #lines: Map<number, Line> = new Map()

  /** Calls `late` at the deadline, unless it is deleted before. */
  add(timed: Timed): void {
    const { timeout } = timed
    if (timeout > longest) return
    let line = this.#lines.get(timeout)
    if (line === undefined) {
      line = new Line(timeout)
      this.#lines.set(timeout, line)
    }
    timed.line = line
    timed.previous = line.last
    if (line.last === undefined) line.first = timed
    else line.last.following = timed
    line.last = timed
    if (line.timer === undefined) this.#arm(line, timeout)
  }

  delete(timed: Timed): void {
    const { line, previous, following } = timed
    if (line === undefined) return
    if (previous === undefined) line.first = following
    else previous.following = following
    if (following === undefined) line.last = previous
    else following.previous = previous
    timed.line = undefined
    timed.previous = undefined
    timed.following = undefined
  }

  close(): void {
    for (const { timer } of this.#lines.values()) clearTimeout(timer)
    this.#lines.clear()
  }

  #arm(line: Line, ms: number): void {
    line.timer = setTimeout(() => this.#look(line), Math.max(1, Math.ceil(ms)))
  }

  /** The timer of a line that has become empty is left to run once, so that a call at a time does not make one each. */
  #look(line: Line): void {
    line.timer = undefined
    const now = performance.now() + early
    for (let timed = line.first; timed !== undefined && timed.deadline <= now; timed = line.first) {
      this.delete(timed)
      timed.late()
    }
    if (line.first !== undefined) this.#arm(line, line.first.deadline - now + early)
    else this.#lines.delete(line.timeout)
  }
}
