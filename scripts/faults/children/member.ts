/** A member of a cluster: serves `work`, and calls it every 20 ms, once as it comes and once as idempotent. */
import { Cluster, fixed } from 'hubless/cluster'
import { answer } from '../../processes/answer.ts'
import { monotonic } from '../arrivals.ts'

/** What became of one call. */
export interface Call {
  readonly id: string
  readonly idempotent: boolean
  /** Monotonic, ms. */
  readonly began: number
  ended?: number
  /** Code of its error, where it has no answer. */
  failed?: string
  /** Who answered. */
  by?: string
}

export interface MemberReport {
  readonly calls: readonly Call[]
  /** Ids of the calls that were handled here, again where one was handled again. */
  readonly handled: readonly string[]
  readonly retried: number
}

const handled: string[] = []
const calls: Call[] = []
let timer: NodeJS.Timeout | undefined
let cluster: Cluster | undefined
/** When a member was first seen in another state than before, by its address. */
const changes: { url: string; state: string; at: number }[] = []
const states = new Map<string, string>()

interface Peer {
  readonly url: string
  readonly state: string
}

function watch(): void {
  const { peers } = (cluster as Cluster).stats().engines.direct as unknown as { peers: readonly Peer[] }
  for (const url of new Set([...states.keys(), ...peers.map((peer) => peer.url)])) {
    const state = peers.find((peer) => peer.url === url)?.state ?? 'gone'
    if (states.get(url) !== state) changes.push({ url, state, at: monotonic() })
    states.set(url, state)
  }
}

async function call(id: string, idempotent: boolean): Promise<void> {
  const one: Call = { id, idempotent, began: monotonic() }
  calls.push(one)
  try {
    one.by = String(await cluster?.request('work', id, { idempotent }))
  } catch (error) {
    one.failed = (error as { code?: string }).code ?? String(error)
  }
  one.ended = monotonic()
}

answer({
  open: async (own: string, urls: readonly string[]): Promise<void> => {
    cluster = new Cluster({ members: fixed(urls), bind: own })
    await cluster.serve('work', {
      request: ({ body }) => {
        handled.push(String(body))
        return own
      }
    })
    setInterval(watch, 10)
  },
  ready: async (count: number): Promise<void> => {
    while (cluster?.members('work').length !== count) await new Promise((resolve) => setTimeout(resolve, 20))
  },
  start: (name: string) => {
    let number = 0
    timer = setInterval(() => {
      void call(`${name} plain ${number}`, false)
      void call(`${name} idempotent ${number++}`, true)
    }, 20)
  },
  stop: () => clearInterval(timer),
  waiting: () => calls.filter(({ ended }) => ended === undefined).length,
  /** When the member at `url` was first seen otherwise than up, after `since`. */
  noticed: (url: string, since: number) =>
    changes.find((one) => one.url === url && one.at > since && one.state !== 'up')?.at,
  report: (): MemberReport => ({ calls, handled, retried: cluster?.stats().calls.retried ?? 0 })
})
