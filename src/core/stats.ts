/**
 * Counters. nanomsg's fifteen statistics, and what its users miss: drops and refusals by reason, for the socket, for
 * every endpoint and for every pipe. `Counters` is what an endpoint or socket counts into; the interfaces below are the
 * plain JSON that `socket.stats()` returns.
 */
import type { DropReason, RejectReason } from './reasons.ts'

/** Numbers of messages lost or discarded, by reason. */
export type Drops = { [R in DropReason]?: number }
/** Numbers of connections refused, by reason. */
export type Rejects = { [R in RejectReason]?: number }

/** What became of connections and attempts. */
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

/** Messages and bytes. */
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

/** Counters of one pipe, as plain JSON. */
export interface PipeStats extends MessageCounts {
  /** Number of the pipe in its socket. */
  id: number
  /** Address of the peer. */
  address: string
  /** URL of the endpoint that it came by. */
  endpoint: string
  /** Messages accepted for this peer that its transport has not given away yet. */
  sendQueue: number
  /** Messages that arrived and were not received yet. */
  recvQueue: number
  /** Messages lost or discarded on it, by reason. */
  drops: Drops
}

/** Counters of one dialer or listener, as plain JSON. */
export interface EndpointStats extends ConnectionCounts {
  /** Which of the two it is. */
  kind: 'dialer' | 'listener'
  /** The URL, with the real port. */
  url: string
  /** State of the dialer or listener. */
  state: string
  /** Code of the last failed attempt, null after a success. */
  lastError: string | null
  /** Pipes attached now. */
  currentConnections: number
  /** Messages lost or discarded on its pipes, by reason. */
  drops: Drops
  /** Connections refused before they took part, by reason. */
  rejects: Rejects
}

/** What `socket.stats()` returns: counters of the socket, its endpoints and its pipes, as plain JSON. */
export interface SocketStats extends ConnectionCounts, MessageCounts {
  /** Option `name` of the socket, or its pattern and a number. */
  name: string
  /** Name of the pattern, such as `req`. */
  protocol: string
  /** State of the socket. */
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
  /** Messages lost or discarded, by reason. */
  drops: Drops
  /** Connections refused before they took part, by reason. */
  rejects: Rejects
  /** Dialers and listeners that are not closed. */
  endpoints: EndpointStats[]
  /** Pipes attached now. */
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

  /** The counts as plain JSON. */
  messageCounts(): MessageCounts {
    const counts: MessageCounts = { ...new MessageCounter() }
    for (const name of Object.keys(counts) as (keyof MessageCounts)[]) counts[name] = this[name]
    return counts
  }
}
