/** A ratio to reach: medians of one case compared, or with a figure that was measured before. */
import { type CaseResult, medianOf } from '../harness/measure.ts'

/** Results by name of the case. */
export type ResultsByName = ReadonlyMap<string, CaseResult>

interface Against {
  readonly case: string
  readonly metric: string
  /** The label of the other subject, or the best of several, or a figure. */
  readonly other: string | readonly string[] | number
  /** Default: the same case. */
  readonly otherCase?: string
}

export interface Floor extends Against {
  readonly what: string
  /** Default: hubless. */
  readonly own?: string
  readonly bound: number
  /** `least`, `most`: of own divided by other; `above`: of the difference. */
  readonly is: 'least' | 'most' | 'above'
}

export const tryLoops = 'hubless try'
export const batches = 'hubless batch'
export const cLibraries = ['nanomsg', 'nng', 'libzmq']
/** Libraries without a broker. */
export const libraries = [...cLibraries, 'zeromq.js', 'nanomsg for Node']

type Bounds = Readonly<Record<string, number>>

/** Floors of one case against several peers. */
export function against(common: Omit<Floor, 'other' | 'bound'>, bounds: Bounds): Floor[] {
  return Object.entries(bounds).map(([other, bound]) => ({ ...common, other, bound }))
}

/** Floors of a rate. */
export function atLeast(what: string, name: string, bounds: Bounds, own = 'hubless'): Floor[] {
  return against({ what, case: name, metric: 'rate', is: 'least', own }, bounds)
}

/** A floor of a figure itself: `other` is 1. */
export function figure(what: string, name: string, metric: string, is: 'least' | 'most', bound: number): Floor {
  return { what, case: name, metric, is, bound, other: 1 }
}

export interface Verdict {
  readonly value: number
  /** Undefined: not measured. */
  readonly met: boolean | undefined
}

export function judge(floor: Floor, results: ResultsByName): Verdict {
  const { case: name, metric, own = 'hubless', is, bound } = floor
  const ownMedian = medianOf(results.get(name), own, metric)
  const otherMedian = otherOf(floor, results)
  const value = is === 'above' ? ownMedian - otherMedian : ownMedian / otherMedian
  if (!Number.isFinite(value)) return { value, met: undefined }
  return { value, met: is === 'least' ? value >= bound : value <= bound }
}

function otherOf({ case: name, metric, other, otherCase = name, is }: Floor, results: ResultsByName): number {
  if (typeof other === 'number') return other
  if (typeof other === 'string') return medianOf(results.get(otherCase), other, metric)
  const medians = other.map((label) => medianOf(results.get(otherCase), label, metric)).filter(Number.isFinite)
  return is === 'least' ? Math.max(...medians) : Math.min(...medians)
}
