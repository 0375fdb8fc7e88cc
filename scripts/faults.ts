/**
 * npm run faults -- [--only REGEX]
 *
 * Two hosts, a network between them that this run makes and breaks, and traffic of three patterns: says of every fault
 * what was lost, what was recovered and in what time, and writes the table of docs/reliability.md. Ends with code 1 where
 * a request stayed without its reply, a pattern did not come back or a cluster lost an idempotent call. Skipped, with the reason, where no network
 * namespaces can be made; an error where CI is set.
 */
import { parseArgs } from 'node:util'
import { clusters, clusterTable } from './faults/cluster.ts'
import { herd } from './faults/herd.ts'
import { Lab, type Outcome } from './faults/lab.ts'
import { absence, Network } from './faults/network.ts'
import { row, tableOf, write } from './faults/page.ts'
import { scenarios } from './faults/scenarios.ts'

const { values } = parseArgs({ options: { only: { type: 'string', default: '' } } })
const why = absence()
if (why !== undefined) {
  console.log(`skipped: ${why}`)
  process.exit(process.env.CI === undefined ? 0 : 1)
}
const wanted = scenarios.filter(({ fault, option }) => new RegExp(values.only).test(`${fault} ${option}`))
const rows: string[] = []
await using network = new Network()
await network.start()
for (const [i, scenario] of wanted.entries()) {
  console.log(`${i + 1}/${wanted.length} ${scenario.fault} (${scenario.option})`)
  network.names(`${Network.server} server.test`)
  const lab = new Lab(network, scenario)
  try {
    const outcome = await lab.measure()
    rows.push(row(scenario, outcome))
    console.log(`    ${rows.at(-1)}`)
    for (const fault of faultsOf(outcome)) {
      console.error(`    FAULT: ${fault}`)
      process.exitCode = 1
    }
  } finally {
    await lab.end()
  }
}
console.log('restarts of a server with 20 connectors')
const restarts = await herd(network)
console.log(restarts.lines.join('\n'))
if (restarts.missing > 0) process.exitCode = 1
console.log('a cluster of three members')
const { rows: clusterRows, faults } = await clusters(network)
for (const fault of faults) {
  console.error(`    FAULT: ${fault}`)
  process.exitCode = 1
}
if (values.only === '') {
  write('faults', tableOf(rows))
  write('herd', ['```text', ...restarts.lines, '```'])
  write('cluster', [...clusterTable, ...clusterRows])
}

function faultsOf({ flows }: Outcome): string[] {
  return flows.flatMap(({ pattern, back, sent, received }) => [
    ...(back === undefined ? [`${pattern} did not come back`] : []),
    ...(pattern === 'REQ/REP' && received < sent ? [`${sent - received} requests had no reply`] : [])
  ])
}
