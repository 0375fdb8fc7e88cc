/**
 * npm run bench:guard [-- --write] [--only REGEX]
 *
 * A regression of speed fails here: the processor time of a message against that of C libraries and of a bare socket,
 * measured side by side, and compared with the committed ratios of guard.json. Processor time holds on a machine that
 * does other things; whatever disturbs it only adds to it, so that the least of some rounds counts. A case is slow when it
 * is so against all opponents: code that got slower is, and an opponent with a good moment is alone. Ratios differ by
 * kind of machine: guard.json has those of each, and a kind that is new there is held to the lowest. Beside a stuck peer
 * the share of the rate without it counts, and its bound is that of the design. `--write` replaces the ratios of this
 * kind.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { allCases } from './cases/index.ts'
import { floors } from './floors/every-machine.ts'
import { buildPeers } from './harness/build.ts'
import type { Case } from './harness/case.ts'
import { cpu } from './harness/costs.ts'
import { kindOf, machine } from './harness/machine.ts'
import { type CaseResult, leastOf, measure, medianOf } from './harness/measure.ts'
import { absence, type Peer } from './harness/peers.ts'
import { progress } from './harness/progress.ts'

/** How many times as much processor time the others take, by case and peer. */
type Ratios = Record<string, Record<string, number>>
type RatiosByKind = Record<string, Ratios>

/** A ratio may fall to this share of the committed one. */
const tolerance = 0.8
const rounds = 3
/** For what is committed, and for a second chance. */
const manyRounds = 6
/** The same where two rates are compared, which vary more than processor time does. */
const manyRoundsOfRates = 12
const effort = { scale: 0.5 }
/** Beside a stuck peer: the tenth of a second in which that one is waited for, once, is to be a small part. */
const wholeEffort = { scale: 1 }
const watched = [
  'throughput/pipeline/tcp/64',
  'throughput/pipeline/tcp/1024',
  'throughput/pipeline/tcp/1048576',
  'throughput/pipeline/ipc/64',
  'throughput/pipeline/ws/64',
  'throughput/pipeline/ws/1024',
  'latency/1/tcp',
  'latency/64/tcp',
  'fan-out/50/64',
  'throughput/threads/thread/64',
  'throughput/threads/thread/1024',
  'stuck/pubsub/64',
  'stuck/pubsub/1024',
  'stuck/pubsub/262144'
]
const opponents = ['nanomsg', 'libzmq', 'bare node:net', 'bare ws', 'bare postMessage']
/** Metric of the cases that compare hubless with itself. */
const share = 'share'

const { values } = parseArgs({
  options: { write: { type: 'boolean', default: false }, only: { type: 'string', default: '' } }
})
const file = new URL('guard.json', import.meta.url)
const kind = kindOf(machine().cpu)
const failures = await buildPeers()
const only = new RegExp(values.only)
const cases = [
  ...allCases(effort).filter((one) => !comparesItself(one)),
  ...allCases(wholeEffort).filter(comparesItself)
]
  .filter(({ name }) => watched.includes(name) && only.test(name))
  .map(reduced)
const all = JSON.parse(readFileSync(file, 'utf8')) as RatiosByKind

if (values.write) {
  const ratios: Ratios = { ...all[kind] }
  for (const one of cases.filter((each) => !comparesItself(each)))
    ratios[one.name] = ratiosOf(await take(one, manyRounds))
  writeFileSync(file, `${JSON.stringify({ ...all, [kind]: ratios }, null, 2)}\n`)
} else {
  let slow = await failing(cases, () => rounds)
  // A machine that was busy for a moment gets a second chance; code that is slow does not profit from it.
  if (slow.length > 0) slow = await failing(slow, (one) => (comparesItself(one) ? manyRoundsOfRates : manyRounds))
  if (slow.length > 0) process.exitCode = 1
}

function comparesItself({ metrics }: Pick<Case, 'metrics'>): boolean {
  return metrics.some(({ name }) => name === share)
}

/** A case with hubless and the opponents only. */
function reduced(one: Case): Case {
  const labels = comparesItself(one) ? ['hubless'] : ['hubless', ...opponents]
  return { ...one, subjects: one.subjects.filter(({ peer }) => labels.includes(peer.label)) }
}

async function take(one: Case, rounds: number): Promise<CaseResult> {
  const result = await measure(
    { ...one, rounds },
    {
      rounds,
      absent: (peer) => absence(peer as Peer, failures),
      onTurn: (label, round) => progress(`${one.name} ${label} ${round}/${rounds}`)
    }
  )
  progress('')
  for (const [label, own] of Object.entries(result.subjects)) {
    if ('skipped' in own) console.log(`${one.name}: ${label}: ${own.skipped}`)
  }
  return result
}

function ratiosOf(result: CaseResult): Record<string, number> {
  const own = leastOf(result, 'hubless', cpu.name)
  const ratios = opponents.map((label) => [label, leastOf(result, label, cpu.name) / own] as const)
  const measured = ratios.filter(([, ratio]) => Number.isFinite(ratio))
  return Object.fromEntries(measured.map(([label, ratio]) => [label, Number(ratio.toPrecision(3))]))
}

/** What was committed for this kind of machine, or else the lowest of all kinds. */
function committed(name: string, label: string): number {
  const known = all[kind]?.[name]?.[label]
  const others = Object.values(all).flatMap((ratios) => ratios[name]?.[label] ?? [])
  return known ?? Math.min(...others)
}

/** Prints every comparison, and returns the cases that are too slow. */
async function failing(chosen: readonly Case[], roundsOf: (one: Case) => number): Promise<Case[]> {
  const slow: Case[] = []
  for (const one of chosen) {
    const verdicts = verdictsOf(await take(one, roundsOf(one)), comparesItself(one))
    const passed = verdicts.some((verdict) => verdict.passed)
    for (const { what } of verdicts) console.log(`${passed ? 'ok  ' : 'SLOW'} ${one.name}: ${what}`)
    if (!passed) slow.push(one)
  }
  return slow
}

function verdictsOf(result: CaseResult, itself: boolean): { passed: boolean; what: string }[] {
  if (itself) {
    const least = floors.find((floor) => floor.case === result.name && floor.metric === share)?.bound ?? Number.NaN
    const value = medianOf(result, 'hubless', share)
    return [{ passed: value >= least, what: `${value.toPrecision(3)}x of the rate without it, must be ${least}x` }]
  }
  return Object.entries(ratiosOf(result)).map(([label, ratio]) => {
    const before = committed(result.name, label)
    if (!Number.isFinite(before)) return { passed: false, what: `no ratio to ${label} is committed: --write` }
    const bound = before * tolerance
    const what = `${label} takes ${ratio}x of our processor time, was ${before}x, must be ${bound.toPrecision(3)}x`
    return { passed: ratio >= bound, what }
  })
}
