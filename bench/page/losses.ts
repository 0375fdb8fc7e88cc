/** Where another library is ahead of hubless, worst first. Bare sockets do less and are not counted. */
import type { CaseResult } from '../harness/measure.ts'
import { ratio, short } from '../harness/numbers.ts'

export interface Loss {
  readonly name: string
  readonly winner: string
  readonly figures: string
  /** Below 1. */
  readonly share: number
}

/** In the first metric of each case; hubless counts with the better of its two ways. */
export function lossesIn(cases: readonly CaseResult[]): Loss[] {
  return cases.flatMap((one) => lossIn(one) ?? []).sort((a, b) => a.share - b.share)
}

function lossIn({ name, metrics, subjects }: CaseResult): Loss | undefined {
  const metric = metrics[0]
  if (metric === undefined) return undefined
  const figures = Object.entries(subjects).flatMap(([label, own]) => {
    const value = 'figures' in own ? own.figures[metric.name]?.median : undefined
    return value === undefined ? [] : [{ label, value }]
  })
  const sign = metric.better === 'more' ? 1 : -1
  const best = (all: typeof figures): (typeof figures)[number] | undefined =>
    [...all].sort((a, b) => sign * (b.value - a.value))[0]
  const own = best(figures.filter(({ label }) => label.startsWith('hubless')))
  const other = best(figures.filter(({ label }) => !label.startsWith('hubless') && !label.startsWith('bare')))
  if (own === undefined || other === undefined || sign * (other.value - own.value) <= 0) return undefined
  return {
    name,
    winner: other.label,
    figures: `${short(own.value)} against ${short(other.value)} ${metric.unit}`,
    share: metric.better === 'more' ? own.value / other.value : other.value / own.value
  }
}

export function lossRows(losses: readonly Loss[]): string[][] {
  return [
    ['', 'ahead', 'hubless against it', 'hubless reaches'],
    ...losses.map(({ name, winner, figures, share }) => [name, winner, figures, ratio(share)])
  ]
}
