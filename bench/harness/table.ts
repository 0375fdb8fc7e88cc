/** Tables as rows of cells: the first row is the head. */
import type { Metric } from './case.ts'
import { type CaseResult, medianOf, type Spread } from './measure.ts'
import { ratio, short } from './numbers.ts'

export type Rows = readonly (readonly string[])[]

export const reference = 'hubless'

export function caseRows(result: CaseResult): Rows {
  const { subjects } = result
  const compares = Object.keys(subjects).length > 1 && reference in subjects
  const metrics = result.metrics.filter(({ name }) => {
    return Object.keys(subjects).some((label) => Number.isFinite(medianOf(result, label, name)))
  })
  const heads = metrics.flatMap(({ name, unit, detail }) => {
    return detail === true ? [`${name}, ${unit}`] : [`${name}, ${unit}`, 'min', 'max', ...(compares ? ['hubless'] : [])]
  })
  const rows = Object.entries(subjects).map(([label, own]) => {
    if ('skipped' in own) return [label, `skipped: ${own.skipped}`]
    return [
      label,
      ...metrics.flatMap((metric) => {
        const cells = spreadCells(own.figures[metric.name])
        if (metric.detail === true) return cells.slice(0, 1)
        return compares ? [...cells, comparison(metric, own.figures, medianOf(result, reference, metric.name))] : cells
      })
    ]
  })
  return [['', ...heads], ...rows]
}

function spreadCells(spread: Spread | undefined): string[] {
  return spread === undefined ? ['–', '', ''] : [spread.median, spread.min, spread.max].map(short)
}

/** How many times as fast hubless is; above 1 is good for hubless, whatever the metric. */
function comparison(
  { name, better, unit }: Metric,
  figures: Readonly<Record<string, Spread>>,
  against: number
): string {
  const own = figures[name]?.median ?? Number.NaN
  if (unit === '%') return ''
  return ratio(better === 'more' ? against / own : own / against)
}

/** For a terminal: the first column to the left, figures to the right. */
export function alignRows(rows: Rows): string {
  const figures = rows.filter((row) => row.length > 2)
  const widths = (figures[0] ?? []).map((_, column) => Math.max(...figures.map((row) => (row[column] ?? '').length)))
  const first = Math.max(...rows.map(([label = '']) => label.length))
  return rows
    .map(([label = '', ...rest]) => {
      const cells = rest.length === 1 ? rest : rest.map((cell, index) => cell.padStart(widths[index + 1] ?? 0))
      return `  ${label.padEnd(first)}  ${cells.join('  ')}`.trimEnd()
    })
    .join('\n')
}

export function markdownRows(rows: Rows): string {
  const width = rows[0]?.length ?? 0
  const lines = rows.map((row) => `| ${Array.from({ length: width }, (_, column) => row[column] ?? '').join(' | ')} |`)
  const rule = `|---|${'---:|'.repeat(width - 1)}`
  return [lines[0], rule, ...lines.slice(1)].join('\n')
}
