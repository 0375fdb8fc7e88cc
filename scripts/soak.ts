/**
 * npm run soak -- [--minutes N] [--only crowd|churn|mixed]
 *
 * Load and long runs: 10,000 connections on one listener, a thousand a second that come and go (a minute at most), and
 * all patterns mixed for N minutes (default 1). Ends with code 1 where a message is missing, memory grows, a handle or
 * listener is left, or the event loop is late.
 */
import { parseArgs } from 'node:util'
import { churn, crowd } from './soak/load.ts'
import { mixed } from './soak/mixed.ts'

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '1' }, only: { type: 'string' } } })
const ms = Number(values.minutes) * 60_000
if (!(ms > 0)) throw new Error('--minutes is a number above 0')

const phases = {
  crowd: () => crowd(Math.min(ms, 20_000), tell('crowd')),
  churn: () => churn(Math.min(ms, 60_000), tell('churn')),
  mixed: () => mixed(ms, tell('mixed'))
}

for (const [name, run] of Object.entries(phases)) {
  if (values.only !== undefined && values.only !== name) continue
  const faults = await run()
  for (const fault of faults) console.error(`${name}: FAULT: ${fault}`)
  if (faults.length > 0) process.exitCode = 1
}

function tell(phase: string): (line: string) => void {
  return (line) => console.log(`${phase}: ${line}`)
}
