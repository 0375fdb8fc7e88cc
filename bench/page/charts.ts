/** Which charts there are: a set of bars for the cases that differ in their last part, and lines against a count. */
import { cpu } from '../harness/costs.ts'
import type { CaseResult } from '../harness/measure.ts'
import { drawBars, type Panel } from './bars.ts'
import { type Axes, drawLines } from './lines.ts'

export interface Chart {
  /** Name of the file. */
  readonly file: string
  readonly title: string
  readonly svg: string
}

const lineCharts: Readonly<Record<string, Axes & { readonly title: string }>> = {
  'million/delay': {
    title: 'Messages of 1 KiB as fast as possible: median delay',
    metric: 'p50',
    x: 'messages',
    y: 'µs'
  },
  flatness: { title: 'Cost of a message of 64 B over TCP', metric: 'cost', x: 'messages', y: 'ns per message' },
  'radix/random': { title: 'Topic match, random topics', metric: 'hit', x: 'topics', y: 'ns' },
  'radix/sensor': { title: 'Topic match, sensor/<number>/<metric>', metric: 'hit', x: 'topics', y: 'ns' }
}

/** The charts of one group of cases. */
export function chartsOf(cases: readonly CaseResult[]): Chart[] {
  const families = new Map<string, CaseResult[]>()
  for (const one of cases) {
    const family = one.name.slice(0, one.name.lastIndexOf('/'))
    families.set(family, [...(families.get(family) ?? []), one])
  }
  return Array.from(families).flatMap(([family, members]) => [chart(family, members), ...costChart(family, members)])
}

/** Processor time, where that is not what the case is about. */
function costChart(family: string, members: readonly CaseResult[]): Chart[] {
  if (shownWhole.includes(family) || lineCharts[family] !== undefined) return []
  const panels = members.flatMap((result) => {
    const metric = result.metrics.find(({ name, unit }) => name === cpu.name && unit === cpu.unit)
    return metric === undefined ? [] : [{ title: lastPart(result.name), result, metric }]
  })
  if (panels.length === 0) return []
  const title = costTitles[family] ?? `${titleOf(family)}: processor time of a message`
  return [{ file: `${family.replaceAll('/', '-')}-cpu.svg`, title, svg: drawBars(title, panels) }]
}

function chart(family: string, members: readonly CaseResult[]): Chart {
  const file = `${family.replaceAll('/', '-')}.svg`
  const lines = lineCharts[family]
  if (lines !== undefined) return { file, title: lines.title, svg: drawLines(lines.title, members, lines) }
  const panels = members.flatMap((result) => panelsOf(family, result))
  const title = titleOf(family)
  return { file, title, svg: drawBars(title, panels) }
}

/** Of most cases the first metric; of these all. */
const shownWhole = ['latency/1', 'latency/64']

function panelsOf(family: string, result: CaseResult): Panel[] {
  const part = lastPart(result.name)
  if (!shownWhole.includes(family)) {
    const share = result.metrics.find(({ name }) => name === 'share')
    return (share === undefined ? result.metrics.slice(0, 1) : [share]).map((metric) => ({
      title: part,
      result,
      metric
    }))
  }
  const metrics = result.metrics.filter(({ detail }) => detail !== true)
  return metrics.map((metric) => ({ title: `${part}, ${metric.name}`, result, metric }))
}

const costTitles: Readonly<Record<string, string>> = {
  million: 'A million messages of 1 KiB over PUB/SUB: processor time of a message',
  fairness: 'Beside a flood: processor time of the side that asks',
  'fan-in': 'REQs of 64 B on one REP: processor time of a request',
  connections: 'Processor time of a connection'
}

const titles: Readonly<Record<string, string>> = {
  'latency/1': 'REQ/REP, 64 B, one outstanding on one core',
  'latency/64': 'REQ/REP, 64 B, 64 outstanding',
  million: 'A million messages of 1 KiB over PUB/SUB: received',
  'fan-in': 'REQs of 64 B on one REP',
  startup: 'Time to start',
  connections: 'Memory of a connection',
  fairness: 'Median round trip beside a flood',
  micro: 'What one operation costs'
}

function titleOf(family: string): string {
  const [group, ...rest] = family.split('/')
  if (group === 'throughput') return `Throughput: ${rest.join(' over ')}`
  if (group === 'fan-out') return `One PUB, SUBs: ${rest.join()}`
  if (group === 'stuck') return `Beside a stuck peer: ${rest.join()}`
  return titles[family] ?? family
}

function lastPart(name: string): string {
  const part = name.split('/').at(-1) ?? ''
  return sizes[part] ?? part
}

const sizes: Readonly<Record<string, string>> = {
  '64': '64 B',
  '1024': '1 KiB',
  '65536': '64 KiB',
  '262144': '256 KiB',
  '1048576': '1 MiB'
}
