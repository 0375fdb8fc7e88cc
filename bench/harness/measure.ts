/**
 * Measures a case: in every round each subject has its turn, so that whatever else the machine does meets all of them.
 */
import type { Case } from './case.ts'

export interface Spread {
  readonly min: number
  readonly median: number
  readonly max: number
  readonly samples: readonly number[]
}

/** Spread by metric, or why there is none. */
export type SubjectResult = { readonly figures: Readonly<Record<string, Spread>> } | { readonly skipped: string }

export type CaseResult = Readonly<Record<string, SubjectResult>>

export async function measure(
  { subjects, once = false }: Case,
  rounds: number,
  onTurn: (subject: string, round: number) => void
): Promise<CaseResult> {
  const samples = new Map<string, Record<string, number[]>>()
  const skipped = new Map<string, string>()
  for (let round = 1; round <= (once ? 1 : rounds); round++) {
    for (const { name, skip, measure: take } of subjects) {
      if (skip !== undefined) skipped.set(name, skip)
      if (skipped.has(name)) continue
      onTurn(name, round)
      try {
        const figures = await take()
        for (const [metric, value] of Object.entries(figures)) add(samples, name, metric, value)
      } catch (error) {
        skipped.set(name, error instanceof Error ? error.message : String(error))
      }
    }
  }
  const result: Record<string, SubjectResult> = {}
  for (const { name } of subjects) {
    const figures = Object.entries(samples.get(name) ?? {}).map(([metric, values]) => [metric, spread(values)] as const)
    const why = skipped.get(name)
    result[name] = why === undefined ? { figures: Object.fromEntries(figures) } : { skipped: why }
  }
  return result
}

function add(samples: Map<string, Record<string, number[]>>, name: string, metric: string, value: number): void {
  const own = samples.get(name) ?? {}
  own[metric] = [...(own[metric] ?? []), value]
  samples.set(name, own)
}

export function spread(samples: readonly number[]): Spread {
  const sorted = [...samples].sort((a, b) => a - b)
  const at = (index: number): number => sorted[index] ?? Number.NaN
  const middle = (sorted.length - 1) / 2
  return {
    min: at(0),
    median: (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2,
    max: at(sorted.length - 1),
    samples
  }
}
