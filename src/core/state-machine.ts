/**
 * Explicit state machines. A table names every state and its legal transitions; the code runs on the table, and
 * `docs/state-machines.md` is drawn from it. An event that the table does not allow is a programming error: the test
 * suite makes it throw, a running program keeps its state and goes on.
 */

/** For each state, the events it accepts and the state each leads to. */
export type Transitions<State extends string, Event extends string> = {
  readonly [S in State]: { readonly [E in Event]?: State }
}

/** States and what leads from one to the next, as a table. */
export interface StateTable<State extends string, Event extends string> {
  /** What the machine belongs to: `dialer`, `req`, … */
  readonly name: string
  /** Where a machine begins. */
  readonly initial: State
  /** Which event leads from which state to which. */
  readonly transitions: Transitions<State, Event>
}

type IllegalHandler = (machine: string, state: string, event: string) => void

let illegal: IllegalHandler = () => {}

/** The test suite installs a handler that throws. Returns the handler that was there before. */
export function onIllegalTransition(handler: IllegalHandler): IllegalHandler {
  const before = illegal
  illegal = handler
  return before
}

/** Looks up where `event` leads from `state`; stays and reports when the table does not allow it. */
export function next<S extends string, E extends string>(table: StateTable<S, E>, state: S, event: E): S {
  const target = table.transitions[state][event]
  if (target !== undefined) return target
  illegal(table.name, state, event)
  return state
}

/** A table and its current state. */
export class Machine<S extends string, E extends string> {
  /** Where it is. */
  state: S
  readonly #table: StateTable<S, E>

  constructor(table: StateTable<S, E>) {
    this.#table = table
    this.state = table.initial
  }

  /** An event happened. One that the table does not allow changes nothing here; in the test suite it throws. */
  fire(event: E): void {
    this.state = next(this.#table, this.state, event)
  }
}
