/** A member as calls see it: a link to another instance, or this instance itself. */
import type { Body } from 'hubless'
import type { Failure, TunnelCarrier } from './engine.ts'

/** Who waits for what a member makes of a call. Exactly one of the first three comes, once, unless it was canceled. */
export interface Asking {
  answer(from: Target, body: Body): void
  fail(from: Target, failure: Failure): void
  /** The member is gone, and what it did with the call is unknown. */
  lost(from: Target): void
  /** It gives no sign of life. */
  silent(from: Target): void
}

export interface Opening {
  opened(carrier: TunnelCarrier): void
  /** There is no way to the member, so it was not handled. */
  unreached(from: Target): void
  fail(from: Target, failure: Failure): void
  lost(from: Target): void
}

export interface Target {
  readonly id: string
  readonly zone: string
  /** Calls that it has not answered. */
  readonly outstanding: number
  /** Can be given a call now. */
  readonly usable: boolean
  /** Is connected and gives signs of life, though it may have no room now. */
  readonly alive: boolean
  /** Largest body it takes, bytes. */
  readonly max: number
  /** Returns the number of the call for `cancel`. */
  ask(verb: 'request' | 'survey', name: string, body: Body, deadline: number, asking: Asking): number
  cancel(call: number): void
  /** A broadcast; false: it has no room and will not get it. */
  tell(name: string, body: Body): boolean
  /** It answered a request that was made then, on the clock of `performance.now()`. */
  took?(began: number): void
  open(name: string, deadline: number, opening: Opening): void
}

/** Requests that a caller leaves with one member at a time; more wait here, for whoever is done first. */
export const windowOfCalls = 512
