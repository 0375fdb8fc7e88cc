/** Members as a table for a terminal. What members chose is escaped. */
import { visible } from '../terminal.ts'
import type { MemberSnapshot, Snapshot } from './snapshot.ts'

const columns: readonly {
  readonly title: string
  readonly right?: boolean
  cell(member: MemberSnapshot): string
}[] = [
  { title: 'NAME', cell: ({ name }) => name },
  { title: 'ID', cell: ({ id }) => id.slice(0, 8) },
  { title: 'ZONE', cell: ({ zone }) => zone || '-' },
  { title: 'SINCE', cell: ({ since }) => since.replace(/\.\d+Z$/, 'Z') },
  { title: 'OUT', right: true, cell: ({ outstanding }) => number(outstanding) },
  { title: 'HANDLED', right: true, cell: ({ handled }) => number(handled) },
  { title: 'RATE/S', right: true, cell: ({ rate }) => number(rate, 1) },
  { title: 'MS', right: true, cell: ({ latency }) => number(latency, 2) },
  { title: 'FAILED', right: true, cell: ({ failed }) => number(failed) },
  { title: 'DROPPED', right: true, cell: ({ dropped }) => number(dropped) },
  { title: 'URLS', cell: ({ urls, answers }) => `${urls.join(' ')}${answers ? '' : '  (does not answer)'}` }
]

export function table({ members, network }: Snapshot): string {
  if (members.length === 0) return `no members in the network ${visible(network)}\n`
  const rows = [columns.map(({ title }) => title), ...members.map((m) => columns.map(({ cell }) => visible(cell(m))))]
  const widths = columns.map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)))
  const line = (row: readonly string[]): string =>
    row
      .map((cell, i) => (columns[i]?.right ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)))
      .join('  ')
      .trimEnd()
  return `${rows.map(line).join('\n')}\n`
}

function number(value: number | null, digits = 0): string {
  return value === null ? '-' : value.toFixed(digits)
}
