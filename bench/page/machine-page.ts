/** The page of one kind of machine: every case, with its charts, and where other libraries are ahead. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Machine } from '../harness/machine.ts'
import type { GroupResults, Results } from '../harness/results.ts'
import { caseRows, markdownRows } from '../harness/table.ts'
import { chartsOf } from './charts.ts'
import { lossesIn, lossRows } from './losses.ts'
import { sections } from './sections.ts'

export function writeMachinePage(directory: string, kind: string, results: Results): void {
  const groups = results.groups()
  const cases = Array.from(groups.values()).flatMap((group) => group.cases)
  const parts = [
    `# Benchmarks: ${kind}\n`,
    'Drawn by `npm run bench`; do not edit. [How it was measured, and other kinds of machines](../README.md).\n',
    about(latestOf(results)),
    `${markdownRows(groupRows(groups))}\n`,
    '## Where we lose\n',
    'Every figure in which another library is ahead, the worst first. Queues are short and senders fast where messages are lost.\n',
    `${markdownRows(lossRows(lossesIn(cases)))}\n`,
    ...Object.keys(sections).flatMap((name) => section(directory, name, groups.get(name)))
  ]
  writeFileSync(join(directory, 'README.md'), `${parts.join('\n').trimEnd()}\n`)
}

/** The machine of the newest results. */
export function latestOf(results: Results): Machine {
  const machines = Array.from(results.groups().values(), ({ machine }) => machine)
  return machines.sort((a, b) => b.date.localeCompare(a.date))[0] as Machine
}

function section(directory: string, name: string, group: GroupResults | undefined): string[] {
  const known = sections[name]
  if (known === undefined || group === undefined) return []
  const charts = chartsOf(group.cases)
  for (const { file, svg } of charts) writeFileSync(join(directory, file), svg)
  return [
    `## ${known.title}\n`,
    `${known.about}\n`,
    ...charts.map(({ file, title }) => `![${title}](${file})\n`),
    ...group.cases.map((one) => `### ${one.name}\n\n${markdownRows(caseRows(one))}\n`)
  ]
}

function groupRows(groups: ReadonlyMap<string, GroupResults>): string[][] {
  const rows = Array.from(groups, ([name, { machine, cases }]) => {
    const rounds = [...new Set(cases.map((one) => one.rounds))].join(', ')
    return [name, machine.date, machine.versions.hubless ?? '', machine.node, rounds]
  })
  return [['cases', 'date', 'hubless', 'Node', 'rounds'], ...rows]
}

function about({ cpu, cores, memory, system, versions }: Machine): string {
  const peers = Object.entries(versions).filter(([name]) => name !== 'hubless')
  return [
    `${cpu}, ${cores} cores, ${memory}, ${system}.\n`,
    `${peers.map(([name, version]) => `${name} ${version}`).join(' · ')}.\n`
  ].join('\n')
}
