/** What a link does to the bytes that cross it, and what values that may have. */
import { check, checkNames, type Rule, range } from '../rules.ts'

/** All may be changed while the link is in use; what is under way keeps its delay. */
export interface Faults {
  /** How long every byte takes, one way, ms; default 0. Measured by `setTimeout`, so that fake timers move it. */
  latency?: number
  /** Up to so much more, at random, ms; default 0. Order is kept, as TCP keeps it. */
  jitter?: number
  /** Bytes a second that cross, each way; default `Infinity`. */
  bandwidth?: number
  /** At most so many bytes at a time, each piece on a turn of the event loop of its own; default `Infinity`. */
  split?: number
  /** Share of messages that vanish, from 0 to 1; default 0. Of `tcp://` only: a link does not read other wires. */
  loss?: number
}

export type ResolvedFaults = Required<Faults>

const defaults: ResolvedFaults = { latency: 0, jitter: 0, bandwidth: Infinity, split: Infinity, loss: 0 }

const milliseconds = range(0, 2 ** 31 - 1, ' of ms')

const rules: Record<keyof Faults, Rule> = {
  latency: milliseconds,
  jitter: milliseconds,
  bandwidth: range(1, Infinity, ' of bytes a second'),
  split: range(1, Infinity, ' of bytes'),
  loss: { allowed: 'a number from 0 to 1', accepts: (v) => typeof v === 'number' && v >= 0 && v <= 1 }
}

/**
 * `faults` over `before`; what is `undefined` stays. Throws `EINVAL` for an unknown name or a value out of range, and then
 * changes nothing.
 */
export function resolveFaults(faults: Faults = {}, before: ResolvedFaults = defaults): ResolvedFaults {
  checkNames('a link', Object.keys(rules), faults)
  const resolved = { ...before }
  for (const [key, value] of Object.entries(faults)) {
    const name = key as keyof Faults
    if (value !== undefined) resolved[name] = check(name, rules[name], value)
  }
  return resolved
}
