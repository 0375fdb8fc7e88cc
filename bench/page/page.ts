/** Writes the page of results and its charts. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Verdict, verdictRows } from '../floors.ts'
import type { Machine } from '../harness/machine.ts'
import type { GroupResults, Results } from '../harness/results.ts'
import { caseRows, markdownRows } from '../harness/table.ts'
import { chartsOf } from './charts.ts'
import { lossesIn, lossRows } from './losses.ts'
import { sections } from './sections.ts'

export function writePage(directory: string, results: Results, verdicts: readonly Verdict[]): void {
  const groups = results.groups()
  if (groups.size === 0) return
  mkdirSync(directory, { recursive: true })
  const cases = Array.from(groups.values()).flatMap((group) => group.cases)
  const parts = [
    head,
    machines(groups),
    '## Ratios to reach\n',
    'The floors of the design, as medians of all rounds.\n',
    `${markdownRows(verdictRows(verdicts))}\n`,
    '## Where we lose\n',
    'Every figure in which another library is ahead, the worst first. Queues are short and senders fast where messages are lost.\n',
    `${markdownRows(lossRows(lossesIn(cases)))}\n`,
    ...Object.keys(sections).flatMap((name) => section(directory, name, groups.get(name)))
  ]
  writeFileSync(join(directory, 'README.md'), `${parts.join('\n').trimEnd()}\n`)
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

function machines(groups: ReadonlyMap<string, GroupResults>): string {
  const rows = Array.from(groups, ([name, { machine, cases }]) => {
    const rounds = [...new Set(cases.map((one) => one.rounds))].join(', ')
    return [name, machine.date, machine.versions.hubless ?? '', machine.node, rounds]
  })
  const latest = Array.from(groups.values(), ({ machine }) => machine).sort((a, b) => b.date.localeCompare(a.date))[0]
  return `${about(latest as Machine)}\n${markdownRows([['cases', 'date', 'hubless', 'Node', 'rounds'], ...rows])}\n`
}

function about({ cpu, cores, memory, system, versions }: Machine): string {
  const peers = Object.entries(versions).filter(([name]) => name !== 'hubless')
  return [
    `${cpu}, ${cores} cores, ${memory}, ${system}.\n`,
    `${peers.map(([name, version]) => `${name} ${version}`).join(' · ')}.\n`
  ].join('\n')
}

const head = `# Benchmarks

Drawn by \`npm run bench\`; do not edit. The figures behind it are in [bench/results](../../bench/results), what was tried to
improve them in [log.md](log.md).

## How it was measured

- \`npm run bench:setup\` installs the peers, \`npm run bench\` measures: \`--quick\` for a look, \`--only REGEX\` for some
  cases, \`--floors\` for the ratios below, \`--runs N\` for more rounds, \`--soak\` for ten minutes at full speed,
  \`--page\` to draw again.
- All subjects of a case take turns in every round, so that whatever else the machine does meets all of them. A figure
  is the median of the rounds; minimum and maximum stand beside it. The column \`hubless\` says how many times as good
  hubless is, whatever the metric.
- Producer and consumer are two processes on loopback. All peers have the same command line
  ([bench.h](../../bench/peers/c/bench.h)): C programs against the Debian libraries, compiled with \`-O2\`, and
  JavaScript without a loader. hubless is the built package.
- Options are the defaults, but no limit on the size of a message. Brokers run on the same machine, without persistence,
  and do not disconnect slow consumers.
- The machine has few cores: threads that a library starts compete with the other process.
`
