/** Statistics of sockets as Prometheus text, version 0.0.4. */
import type { SocketStats } from '../index.ts'

interface Metric {
  readonly name: string
  readonly type: 'counter' | 'gauge'
  readonly help: string
  samples(stats: SocketStats): Iterable<readonly [value: number, labels?: Readonly<Record<string, string>>]>
}

function counter(name: string, help: string, key: NumericKey): Metric {
  return { name: `hubless_${name}_total`, type: 'counter', help, samples: (stats) => [[stats[key] ?? 0]] }
}

function gauge(name: string, help: string, key: NumericKey): Metric {
  return { name: `hubless_${name}`, type: 'gauge', help, samples: (stats) => [[stats[key] ?? 0]] }
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
  {
    name: 'hubless_drops_total',
    type: 'counter',
    help: 'Messages dropped, by reason.',
    samples: ({ drops }) => Object.entries(drops).map(([reason, count]) => [count, { reason }] as const)
  },
  {
    name: 'hubless_rejects_total',
    type: 'counter',
    help: 'Connections refused, by reason.',
    samples: ({ rejects }) => Object.entries(rejects).map(([reason, count]) => [count, { reason }] as const)
  },
  {
    name: 'hubless_send_queue',
    type: 'gauge',
    help: 'Messages that wait to leave, by peer.',
    samples: ({ pipes }) => pipes.map(({ sendQueue, address }) => [sendQueue, { peer: address }] as const)
  },
  {
    name: 'hubless_recv_queue',
    type: 'gauge',
    help: 'Messages that wait to be received, by peer.',
    samples: ({ pipes }) => pipes.map(({ recvQueue, address }) => [recvQueue, { peer: address }] as const)
  },
  {
    name: 'hubless_endpoint_connections',
    type: 'gauge',
    help: 'Peers attached now, by endpoint.',
    samples: ({ endpoints }) =>
      endpoints.map(({ url, kind, state, currentConnections }) => [currentConnections, { url, kind, state }] as const)
  }
]

export const contentType = 'text/plain; version=0.0.4; charset=utf-8'

/** `own` are samples that are no socket's, as finished lines with their HELP and TYPE. */
export function prometheusText(sockets: readonly SocketStats[], own: readonly string[] = []): string {
  const lines = [...own]
  for (const { name, type, help, samples } of metrics) {
    const values = sockets.flatMap((stats) =>
      [...samples(stats)].map(([value, labels]) => {
        return `${name}${formatLabels({ socket: stats.name, protocol: stats.protocol, ...labels })} ${value}`
      })
    )
    if (values.length > 0) lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...values)
  }
  return `${lines.join('\n')}\n`
}

export function formatLabels(labels: Readonly<Record<string, string>>): string {
  const quote = (text: string): string => text.replace(/[\\"\n]/g, (c) => (c === '\n' ? '\\n' : `\\${c}`))
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${quote(value)}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}
