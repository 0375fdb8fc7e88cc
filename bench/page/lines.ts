/** Lines on logarithmic axes: a metric against a count, a line for each subject, the last figure at its end. */
import { type CaseResult, medianOf } from '../harness/measure.ts'
import { short } from '../harness/numbers.ts'
import { colorOf } from './colors.ts'
import { document, element, grid, line, pale, text } from './svg.ts'

export interface Axes {
  readonly metric: string
  readonly x: string
  readonly y: string
}

const width = 760
const height = 420
const box = { left: 70, top: 48, right: 590, bottom: 370 }
const spacing = 15

interface Point {
  readonly x: number
  readonly y: number
}

/** The x of a case is the last part of its name. */
export function drawLines(title: string, cases: readonly CaseResult[], axes: Axes): string {
  const labels = [...new Set(cases.flatMap(({ subjects }) => Object.keys(subjects)))]
  const series = labels
    .map((label) => ({ label, points: pointsOf(cases, label, axes.metric) }))
    .filter(({ points }) => points.length > 0)
  const all = series.flatMap(({ points }) => points)
  const x = scale(
    all.map((point) => point.x),
    box.left,
    box.right
  )
  const y = scale(
    all.map((point) => point.y),
    box.bottom,
    box.top
  )
  return document(
    width,
    height,
    title,
    text(16, 26, title, { size: 16, bold: true }),
    ...y.ticks.flatMap((tick) => [
      line(box.left, y.at(tick), box.right, y.at(tick), { stroke: grid }),
      text(box.left - 6, y.at(tick) + 4, round(tick), { anchor: 'end', size: 11, color: pale })
    ]),
    ...x.ticks.map((tick) =>
      text(x.at(tick), box.bottom + 18, round(tick), { anchor: 'middle', size: 11, color: pale })
    ),
    text((box.left + box.right) / 2, box.bottom + 38, axes.x, { anchor: 'middle', size: 11, color: pale }),
    text(box.left, box.top - 8, axes.y, { size: 11, color: pale }),
    ...series.flatMap(({ label, points }) =>
      drawSeries(
        label,
        points.map((point) => ({ x: x.at(point.x), y: y.at(point.y) }))
      )
    ),
    ...legend(
      series.map(({ label, points }) => ({ label, end: points.at(-1) as Point })),
      y.at
    )
  )
}

function pointsOf(cases: readonly CaseResult[], label: string, metric: string): Point[] {
  return cases
    .map((one) => ({ x: Number(one.name.split('/').at(-1)), y: medianOf(one, label, metric) }))
    .filter(({ y }) => y > 0)
}

function scale(
  values: readonly number[],
  from: number,
  to: number
): { at: (value: number) => number; ticks: number[] } {
  const low = Math.floor(Math.log10(Math.min(...values)) + 1e-9)
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...values)) - 1e-9))
  return {
    at: (value) => from + ((Math.log10(value) - low) / (high - low)) * (to - from),
    ticks: Array.from({ length: high - low + 1 }, (_, index) => 10 ** (low + index))
  }
}

/** A power of ten. */
function round(tick: number): string {
  return short(tick).replace(/\.0+/, '')
}

function drawSeries(label: string, points: readonly Point[]): string[] {
  const stroke = colorOf(label)
  const path = points.map(({ x, y }, index) => `${index === 0 ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`).join('')
  return [
    element('path', { d: path, fill: 'none', stroke, 'stroke-width': label === 'hubless' ? 3 : 1.75 }),
    ...points.map(({ x, y }) => element('circle', { cx: x, cy: y, r: 3, fill: stroke }))
  ]
}

/** Labels at the ends of the lines, moved apart where they would overlap. */
function legend(series: readonly { label: string; end: Point }[], at: (value: number) => number): string[] {
  let last = Number.NEGATIVE_INFINITY
  return [...series]
    .sort((a, b) => b.end.y - a.end.y)
    .map(({ label, end }) => {
      const y = Math.max(at(end.y), last + spacing)
      last = y
      return text(box.right + 10, y + 4, `${label} ${short(end.y)}`, {
        color: colorOf(label),
        bold: label === 'hubless'
      })
    })
}
