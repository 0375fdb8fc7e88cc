/** Writes the pages of results: one that compares kinds of machines, and one for each kind with its charts. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { floors as everyMachine } from '../floors/every-machine.ts'
import { kind as oneKind, floors as oneMachine } from '../floors/one-machine.ts'
import { verdictRows } from '../floors/verdicts.ts'
import type { Results } from '../harness/results.ts'
import { markdownRows } from '../harness/table.ts'
import { limitsOf } from './limits.ts'
import { latestOf, writeMachinePage } from './machine-page.ts'

/** Results by kind of machine. */
export function writePage(directory: string, all: ReadonlyMap<string, Results>): void {
  if (all.size === 0) return
  for (const [kind, results] of all) {
    mkdirSync(join(directory, kind), { recursive: true })
    writeMachinePage(join(directory, kind), kind, results)
  }
  const cases = new Map(Array.from(all, ([kind, results]) => [kind, results.cases()]))
  const ofOneKind = new Map([...cases].filter(([kind]) => kind === oneKind))
  const parts = [
    head,
    `${markdownRows(machineRows(all))}\n`,
    '## Ratios to reach on every machine\n',
    'The floors of the design, as medians of all rounds, and what each kind of machine reached; – is not measured yet.\n',
    `${markdownRows(verdictRows(everyMachine, cases))}\n`,
    '### What limits those that are not met\n',
    `${limitsOf(everyMachine, cases.values()).join('\n')}\n`,
    '## Ratios to reach on one kind of machine\n',
    'Where a context switch is dear, the C libraries, which hand a message from thread to thread, pay for it: these\n' +
      'floors were set there.\n',
    `${markdownRows(verdictRows(oneMachine, ofOneKind))}\n`
  ]
  writeFileSync(join(directory, 'README.md'), `${parts.join('\n').trimEnd()}\n`)
}

function machineRows(all: ReadonlyMap<string, Results>): string[][] {
  return [
    ['kind', 'processor', 'cores', 'memory', 'system', 'Node', 'measured last', 'figures'],
    ...Array.from(all, ([kind, results]) => {
      const { cpu, cores, memory, system, node, date } = latestOf(results)
      return [kind, cpu, String(cores), memory, system, node, date, `[all cases](${kind}/README.md)`]
    })
  ]
}

const head = `# Benchmarks

Drawn by \`npm run bench\`; do not edit. The figures behind it are in [bench/results](../../bench/results), what was tried to
improve them in [log.md](log.md).

## How it was measured

- \`npm run bench:setup\` installs the peers, \`npm run bench\` measures: \`--quick\` for a look at every ratio below in less
  than ten minutes, \`--only REGEX\` for some cases, \`--floors\` for the ratios alone, \`--runs N\` for more rounds,
  \`--page\` to draw again. \`npm run soak\` looks at long runs.
- All subjects of a case take turns in every round, so that whatever else the machine does meets all of them. A figure
  is the median of the rounds; minimum and maximum stand beside it. The column \`hubless\` says how many times as good
  hubless is, whatever the metric.
- Throughput of small messages is measured for about two seconds, that of large ones for a second where peers are fast,
  and less where they are not; where nothing is lost, a tenth as many go before and do not count. Node compiles in much
  of its first half second, with a bare socket, too: what short runs cost is under flatness.
- \`cpu\` is the time, user and system, that a message takes on the processors: of both sides, and of the broker between
  them, together and each. It holds on a machine that does other things, too. \`allocated\` is what both sides put on
  the heap of JavaScript for a message, where they are JavaScript; the memory of large buffers is not on it, and
  for round trips it is what the side that asks allocates. It is watched in the first round alone, since that takes time.
- Producer and consumer are two processes on loopback. All peers have the same command line
  ([bench.h](../../bench/peers/c/bench.h)): C programs against the Debian libraries, compiled with \`-O2\`, and
  JavaScript without a loader. hubless is the built package.
- Options are the defaults, but no limit on the size of a message. Brokers run on the same machine, without persistence,
  and do not disconnect slow consumers. Kafka, NSQ and Kestrel are not measured: Debian has no package of them.
- The machines have few cores: threads that a library starts compete with the other process.

## Machines
`
