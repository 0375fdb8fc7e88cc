/**
 * Statistics as Prometheus text, version 0.0.4. Labels are names that this process gave: sockets, endpoints, reasons.
 * Nothing that a peer is or says becomes one, and their number is bounded, since each is a series that is kept for ever.
 */
import type { EndpointStats, SocketStats } from '../index.ts'
import { type HealthState, states } from './state.ts'

export type Labels = Readonly<Record<string, string>>
type Sample = readonly [value: number, labels?: Labels]

interface Metric {
  readonly name: string
  readonly type: 'counter' | 'gauge'
  readonly help: string
  /** Those with equal labels are added up. */
  samples(stats: SocketStats): readonly Sample[]
}

function counter(name: string, help: string, key: NumericKey): Metric {
  return { name: `hubless_${name}_total`, type: 'counter', help, samples: (stats) => [[stats[key] ?? 0]] }
}

function gauge(name: string, help: string, key: NumericKey): Metric {
  return { name: `hubless_${name}`, type: 'gauge', help, samples: (stats) => [[stats[key] ?? 0]] }
}

function byReason(name: string, help: string, key: 'drops' | 'rejects'): Metric {
  const samples = (stats: SocketStats): Sample[] =>
    Object.entries(stats[key]).map(([reason, count]) => [count, { reason }] as const)
  return { name: `hubless_${name}_total`, type: 'counter', help, samples }
}

/** Sums of the peers of each endpoint. */
function queue(name: string, help: string, key: 'sendQueue' | 'recvQueue'): Metric {
  const samples = (stats: SocketStats): Sample[] => {
    const label = endpointLabels(stats)
    return [
      ...stats.endpoints.map(({ url }) => [0, { url: label(url) }] as const),
      ...stats.pipes.map((pipe) => [pipe[key], { url: label(pipe.endpoint) }] as const)
    ]
  }
  return { name: `hubless_${name}`, type: 'gauge', help, samples }
}

type NumericKey = {
  [K in keyof SocketStats]: SocketStats[K] extends number | null ? K : never
}[keyof SocketStats]

const metrics: readonly Metric[] = [
  counter('messages_sent', 'Messages sent.', 'messagesSent'),
  counter('messages_received', 'Messages received.', 'messagesReceived'),
  counter('bytes_sent', 'Body bytes sent.', 'bytesSent'),
  counter('bytes_received', 'Body bytes received.', 'bytesReceived'),
  counter('established_connections', 'Outgoing connections that were established.', 'establishedConnections'),
  counter('accepted_connections', 'Incoming connections that were accepted.', 'acceptedConnections'),
  counter('dropped_connections', 'Connections ended by this side.', 'droppedConnections'),
  counter('broken_connections', 'Connections ended by the peer or an error.', 'brokenConnections'),
  counter('connect_errors', 'Failed attempts to connect.', 'connectErrors'),
  counter('bind_errors', 'Failed attempts to bind.', 'bindErrors'),
  counter('accept_errors', 'Failures to accept.', 'acceptErrors'),
  counter('resends', 'Copies of requests that were sent again.', 'resends'),
  gauge('connections', 'Peers attached now.', 'currentConnections'),
  gauge('connecting', 'Attempts to connect under way.', 'inProgressConnections'),
  gauge('endpoint_errors', 'Endpoints whose last attempt failed.', 'currentEndpointErrors'),
  byReason('drops', 'Messages dropped, by reason.', 'drops'),
  byReason('rejects', 'Connections refused, by reason.', 'rejects'),
  queue('send_queue', 'Messages that wait to leave, by endpoint.', 'sendQueue'),
  queue('recv_queue', 'Messages that wait to be received, by endpoint.', 'recvQueue'),
  {
    name: 'hubless_endpoint_connections',
    type: 'gauge',
    help: 'Peers attached now, by endpoint.',
    samples: (stats) => {
      const label = endpointLabels(stats)
      return stats.endpoints.map(({ url, kind, state, currentConnections }) => {
        return [currentConnections, { url: label(url), kind, state }] as const
      })
    }
  }
]

/** As many endpoints of a socket have a label of their own. */
const mostEndpoints = 64

/** Without what stands in the query, which may be secret; `other` for the endpoints beyond the bound and closed ones. */
function endpointLabels({ endpoints }: SocketStats): (url: string) => string {
  const named = new Set<string>()
  for (const { url } of endpoints as readonly EndpointStats[]) {
    if (named.size < mostEndpoints) named.add(withoutQuery(url))
  }
  return (url) => (named.has(withoutQuery(url)) ? withoutQuery(url) : 'other')
}

function withoutQuery(url: string): string {
  return url.split('?', 1)[0] ?? ''
}

export const contentType = 'text/plain; version=0.0.4; charset=utf-8'

/** What a process says of itself. Times in seconds. */
interface ServiceMetrics {
  readonly name: string
  readonly version: string | null
  readonly state: HealthState
  readonly uptime: number
  readonly loopDelay: number
}

/** Finished lines with their HELP and TYPE. */
export function serviceMetrics({ name, version, state, uptime, loopDelay }: ServiceMetrics): string[] {
  const labels = formatLabels({ service: name, ...(version !== null && { version }) })
  return [
    '# HELP hubless_service_state 1 for the state the process is in.',
    '# TYPE hubless_service_state gauge',
    ...states.map((each) => {
      return `hubless_service_state${formatLabels({ service: name, state: each })} ${each === state ? 1 : 0}`
    }),
    '# HELP hubless_uptime_seconds Since the process registered its health.',
    '# TYPE hubless_uptime_seconds gauge',
    `hubless_uptime_seconds${labels} ${uptime}`,
    '# HELP hubless_event_loop_delay_seconds Longest delay of the event loop in the last seconds.',
    '# TYPE hubless_event_loop_delay_seconds gauge',
    `hubless_event_loop_delay_seconds${labels} ${loopDelay}`
  ]
}

/** `own` are samples that are no socket's, as finished lines. */
export function prometheusText(sockets: readonly SocketStats[], own: readonly string[] = []): string {
  const lines = [...own]
  for (const { name, type, help, samples } of metrics) {
    const sums = new Map<string, number>()
    for (const stats of sockets) {
      for (const [value, labels] of samples(stats)) {
        const series = `${name}${formatLabels({ socket: stats.name, protocol: stats.protocol, ...labels })}`
        sums.set(series, (sums.get(series) ?? 0) + value)
      }
    }
    if (sums.size === 0) continue
    lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`)
    for (const [series, sum] of sums) lines.push(`${series} ${sum}`)
  }
  return `${lines.join('\n')}\n`
}

export function formatLabels(labels: Labels): string {
  const quote = (text: string): string => text.replace(/[\\"\n]/g, (c) => (c === '\n' ? '\\n' : `\\${c}`))
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${quote(value)}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}
