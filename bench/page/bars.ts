/** A panel of horizontal bars for each case: the median, with its figure, and a whisker from minimum to maximum. */
import type { Metric } from '../harness/case.ts'
import type { CaseResult, Spread } from '../harness/measure.ts'
import { short } from '../harness/numbers.ts'
import { colorOf } from './colors.ts'
import { document, element, line, pale, text } from './svg.ts'

export interface Panel {
  readonly title: string
  readonly result: CaseResult
  readonly metric: Metric
}

const width = 760
const left = 150
const right = 90
const row = 22
const head = 40
const gap = 14

export function drawBars(title: string, panels: readonly Panel[]): string {
  const parts: string[] = [text(16, 26, title, { size: 16, bold: true })]
  let y = head
  for (const { title, result, metric } of panels) {
    const bars = barsOf(result, metric)
    const direction = metric.better === 'more' ? 'longer is better' : 'shorter is better'
    parts.push(...drawPanel(`${title}, ${metric.unit}`, direction, bars, y))
    y += 24 + bars.length * row + gap
  }
  parts.push(text(16, y + 8, 'median, whisker from minimum to maximum', { size: 11, color: pale }))
  return document(width, y + 24, title, ...parts)
}

interface Bar {
  readonly label: string
  readonly spread: Spread
}

function barsOf({ subjects }: CaseResult, { name }: Metric): Bar[] {
  return Object.entries(subjects).flatMap(([label, own]) => {
    const spread = 'figures' in own ? own.figures[name] : undefined
    return spread === undefined ? [] : [{ label, spread }]
  })
}

function drawPanel(title: string, direction: string, bars: readonly Bar[], top: number): string[] {
  const longest = Math.max(...bars.map(({ spread }) => spread.max), Number.MIN_VALUE)
  const scale = (value: number): number => left + ((width - left - right) * Math.max(0, value)) / longest
  return [
    text(16, top + 14, title, { bold: true }),
    text(width - 16, top + 14, direction, { size: 11, color: pale, anchor: 'end' }),
    ...bars.flatMap(({ label, spread: { min, median, max } }, index) => {
      const y = top + 24 + index * row
      const middle = y + row / 2
      const whisker = { stroke: '#1f2933', 'stroke-width': 1, opacity: 0.7 }
      return [
        text(left - 8, middle + 4, label, { anchor: 'end', bold: label.startsWith('hubless') }),
        element('rect', {
          x: left,
          y: y + 3,
          width: scale(median) - left,
          height: row - 6,
          fill: colorOf(label),
          rx: 2
        }),
        line(scale(min), middle, scale(max), middle, whisker),
        line(scale(min), middle - 3, scale(min), middle + 3, whisker),
        line(scale(max), middle - 3, scale(max), middle + 3, whisker),
        text(scale(Math.max(median, max)) + 6, middle + 4, short(median))
      ]
    })
  ]
}
