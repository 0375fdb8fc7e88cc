/** What a link does to the bytes that cross it, and what values that may have. */
import { SpError } from 'hubless'

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

const ranges: Record<keyof Faults, { least: number; most: number; allowed: string }> = {
  latency: { least: 0, most: 2 ** 31 - 1, allowed: 'a finite number of ms from 0' },
  jitter: { least: 0, most: 2 ** 31 - 1, allowed: 'a finite number of ms from 0' },
  bandwidth: { least: 1, most: Infinity, allowed: 'a number of bytes a second from 1, or Infinity' },
  split: { least: 1, most: Infinity, allowed: 'a number of bytes from 1, or Infinity' },
  loss: { least: 0, most: 1, allowed: 'a number from 0 to 1' }
}

/** `faults` over `before`. Throws `EINVAL` for an unknown name or a value out of range, and then changes nothing. */
export function resolveFaults(faults: Faults, before: ResolvedFaults = defaults): ResolvedFaults {
  for (const [name, value] of Object.entries(faults)) {
    const range = ranges[name as keyof Faults]
    if (range === undefined) {
      throw new SpError('EINVAL', { message: `${name} is not a fault; there are ${Object.keys(ranges).join(', ')}` })
    }
    if (typeof value === 'number' && value >= range.least && value <= range.most) continue
    throw new SpError('EINVAL', { message: `${name} is ${String(value)}; allowed is ${range.allowed}` })
  }
  return { ...before, ...faults }
}
