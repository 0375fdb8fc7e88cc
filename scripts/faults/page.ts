/** What of docs/reliability.md is written by the run, between marks. */
import { readFileSync, writeFileSync } from 'node:fs'
import type { Outcome, Scenario } from './lab.ts'

const page = new URL('../../docs/reliability.md', import.meta.url)
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

export function tableOf(rows: readonly string[]): string[] {
  return [
    '| Fault | Decided by | Connection given up after: client / server | REQ/REP | PUSH/PULL | PUB/SUB | Beside |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...rows
  ]
}

/** Puts these lines between the marks of that name. */
export function write(name: string, lines: readonly string[]): void {
  const text = readFileSync(page, 'utf8')
  const [open, close] = [`<!-- ${name}: written by \`npm run faults\` -->`, `<!-- /${name} -->`]
  const [before = '', rest = ''] = text.split(open)
  writeFileSync(page, `${before}${open}\n\n${lines.join('\n')}\n\n${rest.slice(rest.indexOf(close))}`)
}
