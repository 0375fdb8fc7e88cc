/**
 * The statistics of every socket of the process as OpenTelemetry metrics, read when they are collected. Sockets are found by
 * their diagnostics channels, so nobody has to hand them over.
 */
import { subscribe } from 'node:diagnostics_channel'
import type { Attributes, Meter } from '@opentelemetry/api'
import type { Socket, SocketMessages, SocketStats } from 'hubless'

type Counter = 'messagesSent' | 'messagesReceived' | 'bytesSent' | 'bytesReceived' | 'resends' | 'connectErrors'

const counters: Readonly<Record<Counter, string>> = {
  messagesSent: 'hubless.messages.sent',
  messagesReceived: 'hubless.messages.received',
  bytesSent: 'hubless.bytes.sent',
  bytesReceived: 'hubless.bytes.received',
  resends: 'hubless.resends',
  connectErrors: 'hubless.connect.errors'
}

/** Call it before the first socket is made. */
export function observeSockets(meter: Meter): void {
  const sockets = new Set<Socket>()
  subscribe('hubless:open', (message) => sockets.add((message as SocketMessages['hubless:open']).socket))
  subscribe('hubless:close', (message) => sockets.delete((message as SocketMessages['hubless:close']).socket))

  const each = (read: (stats: SocketStats, attributes: Attributes) => void): void => {
    for (const socket of sockets) read(socket.stats(), { socket: socket.name, protocol: socket.protocol })
  }
  for (const [key, name] of Object.entries(counters) as [Counter, string][]) {
    meter.createObservableCounter(name).addCallback((result) => {
      each((stats, attributes) => result.observe(stats[key], attributes))
    })
  }
  meter.createObservableUpDownCounter('hubless.connections').addCallback((result) => {
    each((stats, attributes) => result.observe(stats.currentConnections, attributes))
  })
  for (const key of ['drops', 'rejects'] as const) {
    meter.createObservableCounter(`hubless.${key}`).addCallback((result) => {
      each((stats, attributes) => {
        for (const [reason, count] of Object.entries(stats[key])) result.observe(count, { ...attributes, reason })
      })
    })
  }
}
