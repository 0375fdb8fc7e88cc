/**
 * Three members of a cluster, two of them on one host, that call each other: one is cut off and comes back, another is killed
 * and started again. What became of the calls of the others, and of those of the one that was cut off.
 */
import { Child } from '../processes/child.ts'
import { monotonic } from './arrivals.ts'
import type { Call, MemberReport } from './children/member.ts'
import { sleep } from './lab.ts'
import { Network } from './network.ts'

type Host = 'client' | 'server'

const places = [
  { host: 'client', url: 'tcp://10.77.0.1:7001' },
  { host: 'client', url: 'tcp://10.77.0.1:7002' },
  { host: 'server', url: `tcp://${Network.server}:7001` }
] as const satisfies readonly { host: Host; url: string }[]

const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`

class Member {
  readonly url: string
  readonly #network: Network
  readonly #host: Host
  child: Child
  /** Of those before that were killed. */
  readonly #handled: string[] = []

  constructor(network: Network, { host, url }: { host: Host; url: string }) {
    this.#network = network
    this.#host = host
    this.url = url
    this.child = this.#start()
  }

  #start(): Child {
    return new Child(new URL('./children/member.ts', import.meta.url), { within: this.#network.on(this.#host) })
  }

  open(): Promise<void> {
    return this.child.call(
      'open',
      this.url,
      places.map(({ url }) => url)
    )
  }

  async kill(): Promise<void> {
    this.#handled.push(...(await this.child.call<MemberReport>('report')).handled)
    await this.child.kill()
  }

  async restart(): Promise<void> {
    this.child = this.#start()
    await this.open()
  }

  async report(): Promise<MemberReport> {
    const report = await this.child.call<MemberReport>('report')
    return { ...report, handled: [...this.#handled, ...report.handled] }
  }
}

interface Scenario {
  readonly fault: string
  run(network: Network, victim: Member): Promise<void>
  /** Its own calls go on, and are told of. */
  readonly calls: boolean
}

const scenarios: readonly Scenario[] = [
  ...[5, 20].map((seconds) => ({
    fault: `a member is cut off, ${seconds} s`,
    calls: true,
    run: async (network: Network) => {
      await network.order({ cut: 'both' })
      await sleep(seconds * 1000)
      await network.order({})
    }
  })),
  {
    fault: '`kill -9` of a member, back after 2 s',
    calls: false,
    run: async (_network, victim) => {
      await victim.kill()
      await sleep(2000)
      await victim.restart()
    }
  }
]

interface ClusterOutcome {
  readonly rows: readonly string[]
  readonly faults: readonly string[]
}

export async function clusters(network: Network): Promise<ClusterOutcome> {
  const outcomes: ClusterOutcome[] = []
  for (const scenario of scenarios) {
    outcomes.push(await measure(network, scenario))
    console.log(`    ${outcomes.at(-1)?.rows}`)
  }
  return { rows: outcomes.flatMap(({ rows }) => rows), faults: outcomes.flatMap(({ faults }) => faults) }
}

async function measure(network: Network, { fault, run, calls }: Scenario): Promise<ClusterOutcome> {
  const members = places.map((place) => new Member(network, place))
  const [one, other, victim] = members as [Member, Member, Member]
  const others = [one, other]
  const callers = calls ? members : others
  try {
    await Promise.all(members.map((member) => member.open()))
    await Promise.all(members.map(({ child }) => child.call('ready', members.length)))
    await Promise.all(callers.map(({ child, url }) => child.call('start', url)))
    await sleep(1000)
    const began = monotonic()
    await run(network, victim)
    const healed = monotonic()
    const back = await usedAgain(others, victim, healed)
    await Promise.all(callers.map(({ child }) => child.call('stop')))
    for (const { child } of callers) while ((await child.call<number>('waiting')) > 0) await sleep(50)
    const noticed = await Promise.all(
      others.map(({ child }) => child.call<number | undefined>('noticed', victim.url, began))
    )
    const reports = await Promise.all(members.map((member) => member.report()))
    const told = reports.slice(0, 2).flatMap((report) => report.calls)
    const handled = counted(reports.flatMap((report) => report.handled))
    const waits = told.flatMap(({ failed, began, ended }) => (failed === undefined && ended ? [ended - began] : []))
    const retried = reports.slice(0, 2).reduce((sum, report) => sum + report.retried, 0)
    const plain = whatBecame(told, false, handled)
    const idempotent = whatBecame(told, true, handled)
    const own = [false, true].map((kind) => whatBecame(reports[2]?.calls ?? [], kind, handled).text)
    const cells = [
      fault,
      noticed.map((at) => (at === undefined ? '–' : seconds(at - began))).join(' / '),
      plain.text,
      `${idempotent.text}, ${retried} resent`,
      seconds(Math.max(...waits)),
      back === undefined ? 'never' : `after ${seconds(back - healed)}`,
      calls ? `${own[0]}; idempotent: ${own[1]}` : '–'
    ]
    const faults = [
      ...(idempotent.lost > 0 ? ['idempotent calls were lost'] : []),
      ...(plain.twice > 0 ? ['calls that are not idempotent were handled twice'] : []),
      ...(back === undefined ? ['the member is not called any more'] : [])
    ]
    return { rows: [`| ${cells.join(' | ')} |`], faults: faults.map((what) => `${fault}: ${what}`) }
  } finally {
    await network.order({})
    await Promise.all(members.map(({ child }) => child.kill()))
  }
}

function whatBecame(
  all: readonly Call[],
  idempotent: boolean,
  handled: ReadonlyMap<string, number>
): { readonly lost: number; readonly twice: number; readonly text: string } {
  const calls = all.filter((call) => call.idempotent === idempotent)
  const codes = [...counted(calls.flatMap(({ failed }) => failed ?? []))]
  const lost = codes.reduce((sum, [, count]) => sum + count, 0)
  const twice = calls.filter(({ id }) => (handled.get(id) ?? 0) > 1).length
  const why = lost > 0 ? ` (${codes.map(([code, count]) => `${count} ${code}`).join(', ')})` : ''
  return { lost, twice, text: `${lost} of ${calls.length} lost${why}, ${twice} handled twice` }
}

/** When a call of the others that began after the fault was answered by the member first, within 30 s. */
async function usedAgain(others: readonly Member[], { url }: Member, healed: number): Promise<number | undefined> {
  for (const end = monotonic() + 30_000; monotonic() < end; await sleep(50)) {
    const reports = await Promise.all(others.map((member) => member.report()))
    const answers = reports.map(({ calls }) => calls.find(({ by, began }) => by === url && began > healed)?.ended)
    if (answers.every((at) => at !== undefined)) return Math.max(...answers)
  }
  return undefined
}

function counted(names: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  return counts
}

export const clusterTable: readonly string[] = [
  '| Fault | Noticed by the others after | Their calls | Their idempotent calls | Longest wait for an answer | Called again | Calls of the one cut off |',
  '| --- | --- | --- | --- | --- | --- | --- |'
]
