/**
 * Measures a case: in every round each subject has its turn, so that whatever else the machine does meets all of them.
 */
import type { Case, Metric, Subject } from './case.ts'

export interface Spread {
  readonly min: number
  readonly median: number
  readonly max: number
  readonly samples: readonly number[]
}

/** Spread by metric, or why there is none. */
export type SubjectResult = { readonly figures: Readonly<Record<string, Spread>> } | { readonly skipped: string }

export interface CaseResult {
  readonly name: string
  readonly metrics: readonly Metric[]
  readonly rounds: number
  /** By label. */
  readonly subjects: Readonly<Record<string, SubjectResult>>
}

export interface MeasureOptions {
  readonly rounds: number
  /** Why a subject cannot be measured here. */
  readonly absent: (peer: Subject['peer']) => string | undefined
  readonly onTurn: (label: string, round: number, rounds: number) => void
}

export async function measure(
  { name, metrics, subjects, rounds: enough = Number.POSITIVE_INFINITY }: Case,
  { rounds: wanted, absent, onTurn }: MeasureOptions
): Promise<CaseResult> {
  const rounds = Math.min(wanted, enough)
  const taken = subjects.map(({ peer, measure: take }) => ({ peer, take, samples: new Samples(absent(peer)) }))
  for (let round = 1; round <= rounds; round++) {
    // Peers inherit it. To watch allocation takes a little time: where there are several rounds, one has it.
    process.env.BENCH_ALLOCATED = round === 1 ? '1' : '0'
    for (const { peer, take, samples } of taken) {
      if (samples.failure !== undefined) continue
      onTurn(peer.label, round, rounds)
      try {
        samples.add(await take())
      } catch (error) {
        samples.failure = error instanceof Error ? error.message : String(error)
      }
    }
  }
  const results = taken.map(({ peer, samples }) => [peer.label, samples.result()] as const)
  return { name, metrics, rounds, subjects: Object.fromEntries(results) }
}

class Samples {
  failure: string | undefined
  readonly #samples = new Map<string, number[]>()

  constructor(failure: string | undefined) {
    this.failure = failure
  }

  add(figures: Readonly<Record<string, number>>): void {
    for (const [metric, value] of Object.entries(figures)) {
      // A rate of nearly nothing, say, because all was lost.
      if (Number.isFinite(value)) this.#samples.set(metric, [...(this.#samples.get(metric) ?? []), value])
    }
  }

  result(): SubjectResult {
    if (this.failure !== undefined) return { skipped: this.failure }
    return { figures: Object.fromEntries(Array.from(this.#samples, ([metric, values]) => [metric, spread(values)])) }
  }
}

function spread(samples: readonly number[]): Spread {
  const sorted = samples.map((value) => Number(value.toPrecision(5))).sort((a, b) => a - b)
  const at = (index: number): number => sorted[index] ?? Number.NaN
  const middle = (sorted.length - 1) / 2
  return {
    min: at(0),
    median: (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2,
    max: at(sorted.length - 1),
    samples: sorted
  }
}

/** The median of a metric; NaN where it was not measured. */
export function medianOf(result: CaseResult | undefined, label: string, metric: string): number {
  return spreadOf(result, label, metric)?.median ?? Number.NaN
}

/** The least sample of a metric; NaN where it was not measured. */
export function leastOf(result: CaseResult | undefined, label: string, metric: string): number {
  return spreadOf(result, label, metric)?.min ?? Number.NaN
}

function spreadOf(result: CaseResult | undefined, label: string, metric: string): Spread | undefined {
  const own = result?.subjects[label]
  return own !== undefined && 'figures' in own ? own.figures[metric] : undefined
}
