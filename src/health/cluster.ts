/**
 * What readiness asks of a cluster, and its metrics. It is ready while it serves: one that drains or serves less than it
 * should gets no work. Labels are names that this process gave: the network, its own services, verbs, codes and reasons.
 */
import type { Cluster, ClusterStats, ServiceStats } from '../cluster/index.ts'
import { type Rule, range } from '../rules.ts'
import { formatLabels, type Labels } from './metrics.ts'
import { type Rules, withMethods } from './rules.ts'

/** What makes a watched cluster ready. */
export interface ClusterWatchOptions {
  /** At least so many services are served. Default 1. */
  services?: number | undefined
}

/** Clusters of any codec. */
export type AnyCluster = Pick<Cluster, 'stats' | 'on' | 'network' | 'state'>

export const clusterWatchRules: Rules<ClusterWatchOptions> = { services: range(0) }
export const anyCluster: Rule = withMethods('a cluster', 'stats', 'members', 'serve', 'on')

/** Throws the first thing that is not as it should be. */
export function checkCluster(cluster: AnyCluster, { services: least = 1 }: ClusterWatchOptions): void {
  const { network, state, services } = cluster.stats()
  if (state !== 'open') throw new Error(`the cluster ${network} is ${state}`)
  const leaving = services.find((service) => service.state !== 'open')
  if (leaving !== undefined) throw new Error(`the service ${leaving.name} is ${leaving.state}`)
  if (services.length < least) throw new Error(`the cluster ${network} serves ${services.length} of ${least} names`)
}

interface Metric<Stats> {
  readonly name: string
  readonly type: 'counter' | 'gauge'
  readonly help: string
  samples(stats: Stats): readonly (readonly [value: number, labels?: Labels])[]
}

const verbs: Readonly<Record<string, (calls: ClusterStats['calls']) => number>> = {
  request: ({ requests }) => requests,
  broadcast: ({ broadcasts }) => broadcasts,
  survey: ({ surveys }) => surveys,
  publish: ({ published }) => published,
  tunnel: ({ tunnels }) => tunnels
}

const clusterMetrics: readonly Metric<ClusterStats>[] = [
  {
    name: 'members',
    type: 'gauge',
    help: 'Members that can be called, over all names.',
    samples: ({ members }) => [[members]]
  },
  {
    name: 'outstanding',
    type: 'gauge',
    help: 'Requests that wait for an answer.',
    samples: ({ outstanding }) => [[outstanding]]
  },
  {
    name: 'subscriptions',
    type: 'gauge',
    help: 'Subscriptions of this instance.',
    samples: ({ subscriptions }) => [[subscriptions]]
  },
  {
    name: 'calls_total',
    type: 'counter',
    help: 'Calls made, by verb.',
    samples: ({ calls }) => Object.entries(verbs).map(([verb, read]) => [read(calls), { verb }] as const)
  },
  {
    name: 'answered_total',
    type: 'counter',
    help: 'Requests and tunnels that were answered.',
    samples: ({ calls }) => [[calls.answered]]
  },
  {
    name: 'failed_total',
    type: 'counter',
    help: 'Calls that failed, by code.',
    samples: ({ calls }) => Object.entries(calls.failed).map(([code, failures]) => [failures, { code }] as const)
  },
  {
    name: 'retried_total',
    type: 'counter',
    help: 'Requests given to a second member.',
    samples: ({ calls }) => [[calls.retried]]
  },
  {
    name: 'received_total',
    type: 'counter',
    help: 'Publications received.',
    samples: ({ calls }) => [[calls.received]]
  },
  {
    name: 'drops_total',
    type: 'counter',
    help: 'What was lost or refused, by reason.',
    samples: ({ drops }) => Object.entries(drops).map(([reason, dropped]) => [dropped, { reason }] as const)
  }
]

const counter = (
  name: string,
  help: string,
  key: 'handled' | 'failed' | 'refused' | 'expired'
): Metric<ServiceStats> => ({
  name: `service_${name}_total`,
  type: 'counter',
  help,
  samples: (stats) => [[stats[key]]]
})
const gauge = (
  name: string,
  help: string,
  key: 'running' | 'queued' | 'queuedBytes' | 'tunnels'
): Metric<ServiceStats> => ({ name: `service_${name}`, type: 'gauge', help, samples: (stats) => [[stats[key]]] })

const serviceMetrics: readonly Metric<ServiceStats>[] = [
  gauge('running', 'Handlers at work.', 'running'),
  gauge('queued', 'Calls that wait for a handler.', 'queued'),
  gauge('queued_bytes', 'Bytes of their bodies.', 'queuedBytes'),
  gauge('tunnels', 'Tunnels open.', 'tunnels'),
  counter('handled', 'Calls whose handler returned.', 'handled'),
  counter('failed', 'Calls whose handler threw.', 'failed'),
  counter('refused', 'Calls refused for want of room.', 'refused'),
  counter('expired', 'Calls that waited too long and were not handled.', 'expired'),
  {
    name: 'service_duration_seconds',
    type: 'gauge',
    help: 'Mean time in the handler over the last calls.',
    samples: ({ meanTime }) => (meanTime === null ? [] : [[meanTime / 1000]])
  }
]

/** Finished lines with their HELP and TYPE. Of clusters of one network the values are added up. */
export function clusterLines(all: readonly ClusterStats[]): string[] {
  if (all.length === 0) return []
  const services = all.flatMap(({ network, services: own }) => own.map((stats) => ({ network, stats })))
  return [
    ...clusterMetrics.flatMap((metric) =>
      lines(
        metric,
        all.map((stats) => ({ labels: { network: stats.network }, stats }))
      )
    ),
    ...serviceMetrics.flatMap((metric) =>
      lines(
        metric,
        services.map(({ network, stats }) => ({ labels: { network, name: stats.name }, stats }))
      )
    )
  ]
}

function lines<Stats>(
  { name, type, help, samples }: Metric<Stats>,
  all: readonly { readonly labels: Labels; readonly stats: Stats }[]
): string[] {
  const sums = new Map<string, number>()
  for (const { labels, stats } of all) {
    for (const [value, more] of samples(stats)) {
      const series = `hubless_cluster_${name}${formatLabels({ ...labels, ...more })}`
      sums.set(series, (sums.get(series) ?? 0) + value)
    }
  }
  if (sums.size === 0) return []
  const head = [`# HELP hubless_cluster_${name} ${help}`, `# TYPE hubless_cluster_${name} ${type}`]
  return [...head, ...Array.from(sums, ([series, sum]) => `${series} ${sum}`)]
}
