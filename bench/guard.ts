/**
 * npm run bench:guard [-- --write]
 *
 * A regression of speed fails here: ratios to nanomsg and to a bare socket, measured side by side, against the
 * committed ones of guard.json, with room for a noisy machine. Ratios hold on other machines where times do not, though
 * not to the digit: guard.json has the lowest of those seen. `--write` replaces them by what it measures now.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { fanOut } from './cases/fan-out.ts'
import { latency } from './cases/latency.ts'
import { throughput } from './cases/throughput.ts'
import { buildPeers } from './harness/build.ts'
import type { Case } from './harness/case.ts'
import { measure, medianOf } from './harness/measure.ts'
import { absence, type Peer } from './harness/peers.ts'
import { progress } from './harness/progress.ts'

/** How many times as good hubless is, by case and peer. */
type Ratios = Record<string, Record<string, number>>

/** A ratio may fall to this share of the committed one. */
const tolerance = 0.5
const rounds = 5
const effort = { scale: 0.5 }
const watched = [
  'throughput/pipeline/tcp/64',
  'throughput/pipeline/tcp/1024',
  'throughput/pipeline/ipc/64',
  'latency/1/tcp',
  'latency/64/tcp',
  'fan-out/50/64'
]
const opponents = ['nanomsg', 'bare node:net']
const file = new URL('guard.json', import.meta.url)

const failures = await buildPeers()
const cases = [...throughput(effort), ...latency(effort), ...fanOut(effort)]
  .filter(({ name }) => watched.includes(name))
  .map(reduced)

if (process.argv.includes('--write')) {
  writeFileSync(file, `${JSON.stringify(await ratiosOf(cases), null, 2)}\n`)
} else {
  const committed = JSON.parse(readFileSync(file, 'utf8')) as Ratios
  let slow = failing(committed, await ratiosOf(cases))
  // A machine that was busy for a moment gets a second chance; code that is slow does not profit from it.
  if (slow.length > 0) slow = failing(committed, await ratiosOf(cases.filter(({ name }) => slow.includes(name))))
  if (slow.length > 0) process.exitCode = 1
}

/** A case with hubless and the opponents only. */
function reduced(one: Case): Case {
  return { ...one, subjects: one.subjects.filter(({ peer }) => [...opponents, 'hubless'].includes(peer.label)) }
}

async function ratiosOf(chosen: readonly Case[]): Promise<Ratios> {
  const ratios: Ratios = {}
  for (const one of chosen) {
    const result = await measure(one, {
      rounds,
      absent: (peer) => absence(peer as Peer, failures),
      onTurn: (label, round) => progress(`${one.name} ${label} ${round}/${rounds}`)
    })
    progress('')
    for (const [label, own] of Object.entries(result.subjects)) {
      if ('skipped' in own) console.log(`${one.name}: ${label}: ${own.skipped}`)
    }
    const metric = one.metrics[0]
    if (metric === undefined) continue
    const own = medianOf(result, 'hubless', metric.name)
    const present = opponents.filter((label) => label in result.subjects)
    const against = present.map((label) => {
      const other = medianOf(result, label, metric.name)
      return [label, Number((metric.better === 'more' ? own / other : other / own).toPrecision(3))] as const
    })
    ratios[one.name] = Object.fromEntries(against)
  }
  return ratios
}

/** Prints every comparison, and returns the names of the cases that are too slow. */
function failing(committed: Ratios, measured: Ratios): string[] {
  return Object.entries(measured).flatMap(([name, against]) => {
    const verdicts = Object.entries(against).map(([label, ratio]) => {
      const before = committed[name]?.[label] ?? Number.NaN
      const bound = before * tolerance
      const passed = ratio >= bound
      const comparison = `${name}: ${ratio}x of ${label}, was ${before}x, must be ${bound.toFixed(2)}x`
      console.log(`${passed ? 'ok  ' : 'SLOW'} ${comparison}`)
      return passed
    })
    return verdicts.every(Boolean) ? [] : [name]
  })
}
