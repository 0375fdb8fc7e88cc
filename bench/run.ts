/**
 * npm run bench -- [--quick] [--only REGEX] [--runs N]
 *
 * Measures hubless and its peers, one after another in every round, and prints a table per case.
 */
import { parseArgs } from 'node:util'
import { throughput } from './cases/throughput.ts'
import { buildPeers } from './harness/build.ts'
import { measure } from './harness/measure.ts'
import { absence } from './harness/peers.ts'
import { alignRows, caseRows } from './harness/table.ts'

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    runs: { type: 'string' }
  }
})
const only = new RegExp(values.only)
const effort = { scale: values.quick ? 0.1 : 1 }
const runs = Number(values.runs ?? (values.quick ? 1 : 5))

const failures = await buildPeers()
const cases = throughput(effort, (peer) => absence(peer, failures)).filter(({ name }) => only.test(name))

for (const [index, one] of cases.entries()) {
  const result = await measure(one, runs, (subject, round) => {
    if (process.stderr.isTTY)
      process.stderr.write(`\r\x1b[K${index + 1}/${cases.length} ${one.name} ${subject} ${round}/${runs}`)
  })
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K')
  console.log(`${one.name}\n${alignRows(caseRows(one, result))}\n`)
}
