/**
 * Counters. nanomsg's fifteen statistics, and what its users miss: drops and refusals by reason, for the socket, for
 * every endpoint and for every pipe. `Counters` is what an endpoint or socket counts into; the interfaces below are the
 * plain JSON that `socket.stats()` returns.
 */
import type { DropReason, RejectReason } from './reasons.ts'

export type Drops = { [R in DropReason]?: number }
export type Rejects = { [R in RejectReason]?: number }

export interface ConnectionCounts {
  /** Outgoing connections that were established. NN_STAT_ESTABLISHED_CONNECTIONS */
  establishedConnections: number
  /** Incoming connections that were accepted. NN_STAT_ACCEPTED_CONNECTIONS */
  acceptedConnections: number
  /** Connections ended here. NN_STAT_DROPPED_CONNECTIONS */
  droppedConnections: number
  /** Connections ended by the peer, by an error or by a failed handshake. NN_STAT_BROKEN_CONNECTIONS */
  brokenConnections: number
  /** Failed attempts to connect. NN_STAT_CONNECT_ERRORS */
  connectErrors: number
  /** Failed attempts to bind. NN_STAT_BIND_ERRORS */
  bindErrors: number
  /** Failures to accept that the platform tells of: Node does not of those for want of a descriptor. NN_STAT_ACCEPT_ERRORS */
  acceptErrors: number
}

export interface MessageCounts {
  /** For a socket: successful calls. For a pipe: messages handed to its transport. NN_STAT_MESSAGES_SENT */
  messagesSent: number
  /** For a socket: successful calls. For a pipe: messages that arrived. NN_STAT_MESSAGES_RECEIVED */
  messagesReceived: number
  /** Body bytes. NN_STAT_BYTES_SENT */
  bytesSent: number
  /** Body bytes. NN_STAT_BYTES_RECEIVED */
  bytesReceived: number
  /** Messages that arrived at a SUB and matched no subscription. */
  messagesFiltered: number
}

export interface PipeStats extends MessageCounts {
  id: number
  address: string
  endpoint: string
  /** Messages accepted for this peer that its transport has not given away yet. */
  sendQueue: number
  /** Messages that arrived and were not received yet. */
  recvQueue: number
  drops: Drops
}

export interface EndpointStats extends ConnectionCounts {
  kind: 'dialer' | 'listener'
  url: string
  state: string
  /** Code of the last failed attempt, null after a success. */
  lastError: string | null
  currentConnections: number
  drops: Drops
  rejects: Rejects
}

export interface SocketStats extends ConnectionCounts, MessageCounts {
  name: string
  protocol: string
  state: string
  /** Pipes attached now. NN_STAT_CURRENT_CONNECTIONS */
  currentConnections: number
  /** Attempts to connect under way. NN_STAT_INPROGRESS_CONNECTIONS */
  inProgressConnections: number
  /** Endpoints whose last attempt failed. NN_STAT_CURRENT_EP_ERRORS */
  currentEndpointErrors: number
  /** The priority class that is sent to now; null when nothing is writable or the pattern has none. NN_STAT_CURRENT_SND_PRIORITY */
  currentSendPriority: number | null
  /** REQ: copies of requests that were sent again, after `resendInterval` or because their pipe was lost. */
  resends: number
  drops: Drops
  rejects: Rejects
  endpoints: EndpointStats[]
  pipes: PipeStats[]
}

export class Counters {
  readonly connections: ConnectionCounts = {
    establishedConnections: 0,
    acceptedConnections: 0,
    droppedConnections: 0,
    brokenConnections: 0,
    connectErrors: 0,
    bindErrors: 0,
    acceptErrors: 0
  }
  readonly drops: Drops = {}
  readonly rejects: Rejects = {}

  /** As they are now. */
  snapshot(): ConnectionCounts & { drops: Drops; rejects: Rejects } {
    return { ...this.connections, drops: { ...this.drops }, rejects: { ...this.rejects } }
  }
}

/** Counts drops or rejects by reason. */
export function tally<R extends string>(counts: { [reason in R]?: number }, reason: R, count: number): void {
  counts[reason] = (counts[reason] ?? 0) + count
}

/** Base of what counts messages: sockets and pipes. */
export class MessageCounter implements MessageCounts {
  messagesSent = 0
  messagesReceived = 0
  bytesSent = 0
  bytesReceived = 0
  messagesFiltered = 0

  messageCounts(): MessageCounts {
    const { messagesSent, messagesReceived, bytesSent, bytesReceived, messagesFiltered } = this
    return { messagesSent, messagesReceived, bytesSent, bytesReceived, messagesFiltered }
  }
}
