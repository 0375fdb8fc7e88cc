/** The table of docs/reliability.md, between its marks. */
import { readFileSync, writeFileSync } from 'node:fs'
import type { Outcome, Scenario } from './lab.ts'

const page = new URL('../../docs/reliability.md', import.meta.url)
const marks = ['<!-- faults: written by `npm run faults` -->', '<!-- /faults -->'] as const
const seconds = (ms: number | undefined): string => (ms === undefined ? 'never' : `${(ms / 1000).toFixed(2)} s`)

export function row({ fault, option }: Scenario, { noticed, flows, resends, rejects, seen }: Outcome): string {
  const ends = `${seconds(noticed.client).replace('never', '–')} / ${seconds(noticed.server).replace('never', '–')}`
  const cells = flows.map(({ sent, received, twice, back }) => {
    const more = twice > 0 ? `, ${twice} twice` : ''
    return `${sent - received} of ${sent} lost${more}; back after ${seconds(back)}`
  })
  const refused = Object.entries(rejects).map(([reason, count]) => `${count} refused (${reason})`)
  const notes = [...(resends > 0 ? [`${resends} resent`] : []), ...refused, ...(seen === '' ? [] : [seen])]
  return `| ${[fault, option, ends, ...cells, notes.join(', ')].join(' | ')} |`
}

export function writeTable(rows: readonly string[]): void {
  const text = readFileSync(page, 'utf8')
  const [before = '', rest = ''] = text.split(marks[0])
  const after = rest.slice(rest.indexOf(marks[1]))
  const head = [
    '| Fault | Decided by | Connection given up after: client / server | REQ/REP | PUSH/PULL | PUB/SUB | Beside |',
    '| --- | --- | --- | --- | --- | --- | --- |'
  ]
  writeFileSync(page, `${before}${marks[0]}\n\n${[...head, ...rows].join('\n')}\n\n${after}`)
}
