/**
 * npm run bench -- [--quick] [--only REGEX] [--runs N] [--floors] [--soak] [--page]
 *
 * Measures hubless and its peers, one after another in every round; prints a table for each case, writes
 * `bench/results` and draws `docs/benchmarks`. `--quick` moves a tenth, once, and writes into `bench/dist` instead.
 * `--floors` leaves out what no floor is about, `--soak` runs ten minutes at full speed and nothing else, and `--page`
 * only draws what was measured before.
 */
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { allCases } from './cases/index.ts'
import { soak } from './cases/soak.ts'
import { floors, judge, verdictRows } from './floors.ts'
import { buildPeers } from './harness/build.ts'
import { measure } from './harness/measure.ts'
import { absence, type Peer } from './harness/peers.ts'
import { progress } from './harness/progress.ts'
import { Results } from './harness/results.ts'
import { root } from './harness/root.ts'
import { stopServers } from './harness/servers.ts'
import { alignRows, caseRows } from './harness/table.ts'
import { writePage } from './page/page.ts'

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    runs: { type: 'string' },
    soak: { type: 'boolean', default: false },
    floors: { type: 'boolean', default: false },
    page: { type: 'boolean', default: false }
  }
})
const only = new RegExp(values.only)
const effort = { scale: values.quick ? 0.1 : 1 }
const rounds = Number(values.runs ?? (values.quick ? 1 : 5))
const results = new Results(join(root, values.quick ? 'bench/dist/results' : 'bench/results'))

if (!values.page) await run()
const all = new Map(Array.from(results.groups().values()).flatMap(({ cases }) => cases.map((one) => [one.name, one])))
const verdicts = floors.map((floor) => judge(floor, all))
console.log(alignRows(verdictRows(verdicts.filter(({ floor }) => only.test(floor.case)))))
writePage(join(root, values.quick ? 'bench/dist/page' : 'docs/benchmarks'), results, verdicts)

/** Cases that a floor compares. */
function hasFloor(name: string): boolean {
  return floors.some((floor) => name === floor.case || name === floor.otherCase)
}

function isWanted(name: string): boolean {
  return only.test(name) && (!values.floors || hasFloor(name))
}

async function run(): Promise<void> {
  const failures = await buildPeers()
  const absent = (peer: Partial<Peer>): string | undefined =>
    peer.program === undefined ? undefined : absence(peer as Peer, failures)
  const cases = (values.soak ? soak(effort) : allCases(effort)).filter(({ name }) => isWanted(name))
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
