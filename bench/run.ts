/**
 * npm run bench -- [--quick] [--only REGEX] [--runs N] [--floors] [--page]
 *
 * Measures hubless and its peers, one after another in every round; prints a table for each case, writes
 * `bench/results` and draws `docs/benchmarks`. `--floors` leaves out what no floor is about; `--quick` does so too,
 * unless `--only` names cases, moves a fifth where that takes long enough, once, and writes into `bench/dist` instead.
 * `--page` only draws what was measured before.
 */
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { allCases } from './cases/index.ts'
import { floors as everyMachine } from './floors/every-machine.ts'
import { floors as oneMachine } from './floors/one-machine.ts'
import { verdictRows } from './floors/verdicts.ts'
import { buildPeers } from './harness/build.ts'
import { measure } from './harness/measure.ts'
import { absence, type Peer } from './harness/peers.ts'
import { progress } from './harness/progress.ts'
import { Results, readAll } from './harness/results.ts'
import { root } from './harness/root.ts'
import { stopServers } from './harness/servers.ts'
import { alignRows, caseRows } from './harness/table.ts'
import { writePage } from './page/page.ts'

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    runs: { type: 'string' },
    floors: { type: 'boolean', default: false },
    page: { type: 'boolean', default: false }
  }
})
const only = new RegExp(values.only)
const effort = { scale: values.quick ? 0.2 : 1 }
const rounds = Number(values.runs ?? (values.quick ? 1 : 5))
const directory = join(root, values.quick ? 'bench/dist/results' : 'bench/results')
const results = new Results(directory)

if (!values.page) await run()
const floors = [...everyMachine, ...oneMachine].filter((floor) => only.test(floor.case))
console.log(alignRows(verdictRows(floors, new Map([['measured', results.cases()]]))))
writePage(join(root, values.quick ? 'bench/dist/page' : 'docs/benchmarks'), readAll(directory))

function isWanted(name: string): boolean {
  const all = values.only !== '' && values.quick
  return only.test(name) && (all || !(values.floors || values.quick) || hasFloor(name))
}

/** Cases that a floor compares. */
function hasFloor(name: string): boolean {
  return [...everyMachine, ...oneMachine].some((floor) => name === floor.case || name === floor.otherCase)
}

async function run(): Promise<void> {
  const failures = await buildPeers()
  const absent = (peer: Partial<Peer>): string | undefined =>
    peer.program === undefined ? undefined : absence(peer as Peer, failures)
  const cases = allCases(effort).filter(({ name }) => isWanted(name))
  try {
    for (const [index, one] of cases.entries()) {
      const result = await measure(one, {
        rounds,
        absent,
        onTurn: (label, round, total) => progress(`${index + 1}/${cases.length} ${one.name} ${label} ${round}/${total}`)
      })
      progress('')
      results.put(result)
      console.log(`${one.name}\n${alignRows(caseRows(result))}\n`)
    }
  } finally {
    await stopServers()
  }
}
