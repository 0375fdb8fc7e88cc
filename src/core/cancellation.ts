/**
 * Calls that are taken back together: those that one AbortSignal bounds, or those of a loop that is left. A signal has one
 * listener, however many calls it bounds, and none once they have settled.
 *
 *   signal ──► SignalCalls ──► registration ──► call          one listener, any number of calls
 *   loop ────► Cancellation ─► registration ──► call
 */
import { type Linked, LinkedList } from './linked-list.ts'

/** A call that waits. */
export interface Cancelable {
  /** Ends it with this error. */
  cancel(error: unknown): void
}

/** That a call may be taken back; `lift` ends it. */
export class Registration implements Linked<Registration> {
  readonly call: Cancelable
  previous: Registration | undefined
  next: Registration | undefined
  list: LinkedList<Registration> | undefined

  constructor(call: Cancelable) {
    this.call = call
  }

  lift(): void {
    this.list?.remove(this)
  }
}

export class Cancellation extends LinkedList<Registration> {
  add(call: Cancelable): Registration {
    const registration = new Registration(call)
    this.push(registration)
    return registration
  }

  /** Ends every call that was added and not lifted. */
  cancel(error: unknown): void {
    for (let first = this.head; first !== undefined; first = this.head) {
      this.remove(first)
      first.call.cancel(error)
    }
  }
}

/** The calls of one signal. */
class SignalCalls extends Cancellation {
  readonly #signal: AbortSignal

  constructor(signal: AbortSignal) {
    super()
    this.#signal = signal
  }

  override push(registration: Registration): void {
    if (this.head === undefined) this.#signal.addEventListener('abort', this)
    super.push(registration)
  }

  override remove(registration: Registration): boolean {
    const removed = super.remove(registration)
    if (removed && this.head === undefined) this.#signal.removeEventListener('abort', this)
    return removed
  }

  /** The signal aborts. */
  handleEvent(): void {
    this.cancel(this.#signal.reason)
  }
}

const bySignal: WeakMap<AbortSignal, SignalCalls> = /* @__PURE__ */ new WeakMap()

/** Ends `call` with the reason of a signal when that aborts; one that is aborted already never does. */
export function cancelWith(signal: AbortSignal, call: Cancelable): Registration {
  let calls = bySignal.get(signal)
  if (calls === undefined) {
    calls = new SignalCalls(signal)
    bySignal.set(signal, calls)
  }
  return calls.add(call)
}
