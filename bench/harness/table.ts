/** The table of a case, for the terminal and for the page. */
import type { Case, Metric } from './case.ts'
import type { CaseResult, Spread } from './measure.ts'
import { ratio, short } from './numbers.ts'

/** Rows of cells; the first row is the head. */
export function caseRows(
  { metrics, subjects }: Pick<Case, 'metrics'> & { subjects: readonly { name: string }[] },
  result: CaseResult
): string[][] {
  const heads = metrics.flatMap(({ name, unit }) => [`${name}, ${unit}`, 'min', 'max', 'hubless is'])
  const rows = subjects.map(({ name }) => {
    const own = result[name]
    if (own === undefined) return [name]
    if ('skipped' in own) return [name, `skipped: ${own.skipped}`]
    return [
      name,
      ...metrics.flatMap((metric) => cells(metric, own.figures[metric.name], hublessMedian(result, metric)))
    ]
  })
  return [['', ...heads], ...rows]
}

function cells({ better }: Metric, spread: Spread | undefined, hubless: number): string[] {
  if (spread === undefined) return ['–', '', '', '']
  const { min, median, max } = spread
  return [short(median), short(min), short(max), ratio(better === 'more' ? hubless / median : median / hubless)]
}

function hublessMedian(result: CaseResult, { name }: Metric): number {
  const own = result.hubless
  return own !== undefined && 'figures' in own ? (own.figures[name]?.median ?? Number.NaN) : Number.NaN
}

/** Columns aligned: the first to the left, figures to the right. */
export function alignRows(rows: readonly (readonly string[])[]): string {
  const widths: number[] = []
  for (const row of rows) {
    if (row.length === 2 && row[1]?.startsWith('skipped')) continue
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, cell.length)
  }
  const first = Math.max(...rows.map(([name = '']) => name.length))
  return rows
    .map(([name = '', ...rest]) => {
      const figures = rest.length === 1 ? rest : rest.map((cell, index) => cell.padStart(widths[index + 1] ?? 0))
      return `  ${name.padEnd(first)}  ${figures.join('  ')}`.trimEnd()
    })
    .join('\n')
}
