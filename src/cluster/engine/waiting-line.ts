/**
 * Calls that wait for a member, in order. A list of the calls themselves: with thousands that come and go each second, a
 * `Set` is rebuilt all the time.
 */

/** A call that waits for a member. */
export interface InLine {
  ahead: InLine | undefined
  behind: InLine | undefined
  /** Somebody may have room, or nobody be left: try again. False: it goes on waiting; otherwise it has left the line. */
  retry(): boolean
  /** Nobody will ever come. */
  abandon(error: Error): void
}

export class WaitingLine {
  first: InLine | undefined
  #last: InLine | undefined
  length = 0

  /** Only what is not in a line. */
  push(call: InLine): void {
    call.ahead = this.#last
    if (this.#last === undefined) this.first = call
    else this.#last.behind = call
    this.#last = call
    this.length++
  }

  /** Only what is in this line. */
  remove(call: InLine): void {
    const { ahead, behind } = call
    if (ahead === undefined) this.first = behind
    else ahead.behind = behind
    if (behind === undefined) this.#last = ahead
    else behind.ahead = ahead
    call.ahead = call.behind = undefined
    this.length--
  }

  /** As it is now. */
  all(): readonly InLine[] {
    const calls: InLine[] = []
    for (let call = this.first; call !== undefined; call = call.behind) calls.push(call)
    return calls
  }
}
