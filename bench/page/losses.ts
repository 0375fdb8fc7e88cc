/** Where another library is ahead of hubless, worst first. Bare sockets do less and are not counted. */
import { lost, type Metric } from '../harness/case.ts'
import { type CaseResult, medianOf } from '../harness/measure.ts'
import { ratio, short } from '../harness/numbers.ts'

export interface Loss {
  readonly name: string
  readonly winner: string
  readonly figures: string
  /** Below 1. */
  readonly share: number
}

/** In every metric of each case; hubless counts with the better of its two ways. */
export function lossesIn(cases: readonly CaseResult[]): Loss[] {
  return cases
    .flatMap((one) => one.metrics.flatMap((metric) => lossIn(one, metric) ?? []))
    .sort((a, b) => a.share - b.share)
}

function lossIn(result: CaseResult, metric: Metric): Loss | undefined {
  // What is lost stands beside the figures; details are parts of another.
  if (metric.unit === '%' || metric.detail === true) return undefined
  const figures = Object.keys(result.subjects).flatMap((label) => {
    const value = medianOf(result, label, metric.name)
    return Number.isNaN(value) ? [] : [{ label, value }]
  })
  const sign = metric.better === 'more' ? 1 : -1
  const best = (all: typeof figures): (typeof figures)[number] | undefined =>
    [...all].sort((a, b) => sign * (b.value - a.value))[0]
  const own = best(figures.filter(({ label }) => label.startsWith('hubless')))
  const other = best(figures.filter(({ label }) => !label.startsWith('hubless') && !label.startsWith('bare')))
  if (own === undefined || other === undefined || sign * (other.value - own.value) <= 0) return undefined
  return {
    name: `${result.name}, ${metric.name}`,
    winner: other.label,
    figures: `${shown(result, own)} against ${shown(result, other)}, ${metric.unit}`,
    share: metric.better === 'more' ? own.value / other.value : other.value / own.value
  }
}

/** With what was lost: where messages are, queues are short and senders fast. */
function shown(result: CaseResult, { label, value }: { label: string; value: number }): string {
  const share = medianOf(result, label, lost.name)
  return share > 0 ? `${short(value)} (${short(share)} % lost)` : short(value)
}

export function lossRows(losses: readonly Loss[]): string[][] {
  return [
    ['', 'ahead', 'hubless against it', 'hubless reaches'],
    ...losses.map(({ name, winner, figures, share }) => [name, winner, figures, ratio(share)])
  ]
}
