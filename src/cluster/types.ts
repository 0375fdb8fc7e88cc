/** What applications give to a cluster and get from it: handlers, options of calls, answers, statistics. */
import type { Body, BodyInput, Codec, EndpointOptions, SocketStats, WaitOptions } from 'hubless'
import type { EngineFactory, Tally } from './engine/engine.ts'
import type { MembershipFactory } from './membership/membership.ts'
import type { ClusterDropReason } from './reasons.ts'
import type { Tunnel } from './tunnel/tunnel.ts'

/** Options of a cluster. */
export interface ClusterOptions<Out = BodyInput, In = Body> {
  /** Names in one network never meet those of another. Default `default`. */
  readonly network?: string | undefined
  /**
   * One secret for the network, at least 16 bytes: all TCP between members becomes TLS-PSK. While it is rotated a list, the
   * newest first: all are accepted, the first is used.
   */
  readonly key?: string | Uint8Array | readonly (string | Uint8Array)[] | undefined
  /** Who is there: one provider or several. Default `local()`. */
  readonly members?: MembershipFactory | readonly MembershipFactory[] | undefined
  /** Members of the own zone are preferred. Default none. */
  readonly zone?: string | undefined
  /** Where it listens once it serves or subscribes. Default: ipc with `local()`, `tcp://*:0` with others. */
  readonly bind?: string | readonly string[] | undefined
  /** By which name or address others reach it. Default: as its provider sees it. */
  readonly host?: string | (() => string | Promise<string>) | undefined
  /** Bodies as values; see `hubless/codecs`. Default: bytes. */
  readonly codec?: Codec<Out, In> | undefined
  /** What stands behind the members in reach, such as `nats({ servers })`. */
  readonly engine?: EngineFactory | undefined
  /** Default `timeout` of calls, ms. Default 5000. */
  readonly timeout?: number | undefined
  /** A member whose answers and signs of life fail to come for this long gets nothing new, ms. Default 1000. */
  readonly patience?: number | undefined
  /** Largest body taken, bytes. Default 1 MiB. Tunnels have their own limit. */
  readonly recvMaxSize?: number | undefined
  /** Bytes on their way in a tunnel that were not received yet. Default 1 MiB. */
  readonly tunnelCredit?: number | undefined
  /** Largest message taken from a tunnel, bytes. Default 64 MiB. */
  readonly tunnelMaxSize?: number | undefined
  /** Options of all its endpoints, such as `handshakeTimeout` or, without a key, `tls`. */
  readonly endpoint?: EndpointOptions | undefined
}

/** What a handler gets. */
export interface HandlerCall<In = Body> {
  /** What was sent, as bytes or as the codec decoded it. */
  readonly body: In
  /** Id of the caller's instance. */
  readonly from: string
  /** When the caller stops waiting, ms on the clock of `Date.now()`; Infinity = never. */
  readonly deadline: number
  /** Aborts when the caller gave up or is gone, and at the deadline. */
  readonly signal: AbortSignal
}

/** What a service does for each verb; a verb without a handler is refused with `ENOTSUP`. */
export interface Handlers<Out = BodyInput, In = Body> {
  /** One member handles it. What it throws reaches the caller as `EREMOTE`. */
  readonly request?: ((call: HandlerCall<In>) => Out | Promise<Out>) | undefined
  /** Every member gets it. */
  readonly broadcast?: ((call: HandlerCall<In>) => unknown) | undefined
  /** Every member answers. */
  readonly survey?: ((call: HandlerCall<In>) => Out | Promise<Out>) | undefined
  /** Closed when the handler is done; what it throws ends the tunnel with `EREMOTE` at the other end. */
  readonly tunnel?: ((tunnel: Tunnel<Out, In>) => unknown) | undefined
}

/** What a service takes at a time. */
export interface ServeOptions {
  /** Handlers of requests, surveys and broadcasts that may run at a time. Default 64. */
  readonly concurrency?: number | undefined
  /** Calls that may wait beside them; more are refused as busy. Default 4096. */
  readonly queue?: number | undefined
  /** Bytes of their bodies. Default 16 MiB. */
  readonly queueBytes?: number | undefined
  /** Tunnels that may be open at a time. Default 1024. */
  readonly tunnels?: number | undefined
  /** What callers see of this member, such as its version. At most 16 strings. */
  readonly metadata?: Readonly<Record<string, string>> | undefined
  /** Closes the service when it aborts. */
  readonly signal?: AbortSignal | undefined
}

/** How one request is made. */
export interface CallOptions extends WaitOptions {
  /** May be handled twice: goes to another member when one dies or falls silent with it. Default false. */
  readonly idempotent?: boolean | undefined
  /** Rejects at once with `EHOSTUNREACH` where no member is. Default false: waits for one until the timeout. */
  readonly failFast?: boolean | undefined
}

/** When a survey is over. */
export interface ClusterSurveyOptions {
  /** Ends after this many ms. Default 1000. */
  readonly deadline?: number | undefined
  /** Ends after this many answers. */
  readonly count?: number | undefined
  /** Ends after this many ms without an answer. */
  readonly quiet?: number | undefined
  /** Ends the survey; the iteration throws `signal.reason`. */
  readonly signal?: AbortSignal | undefined
}

/** What one member answered. */
export interface SurveyAnswer<In = Body> {
  /** The answer, as bytes or as the codec decoded it. */
  readonly body: In
  /** Id of the member that answered. */
  readonly from: string
}

/** An iterable of answers that knows who was asked. */
export interface ClusterSurvey<In = Body> extends AsyncIterableIterator<SurveyAnswer<In>> {
  /** Ids that were asked and have not answered (yet), as far as the engine knows them. */
  readonly missing: readonly string[]
}

/** What may wait in a subscription. */
export interface SubscribeOptions {
  /** Messages that may wait to be received; then the newest are dropped and counted. Default 4096. */
  readonly queue?: number | undefined
  /** Bytes of them. Default 16 MiB. */
  readonly queueBytes?: number | undefined
  /** Closes the subscription when it aborts. */
  readonly signal?: AbortSignal | undefined
}

/** What a subscription yields. */
export interface Publication<In = Body> {
  /** The topic that it was published under. */
  readonly topic: string
  /** What was published, as bytes or as the codec decoded it. */
  readonly body: In
  /** Id of the publisher's instance. */
  readonly from: string
}

/** How a tunnel is opened. */
export interface TunnelOptions extends WaitOptions {
  /** Rejects at once with `EHOSTUNREACH` where no member is. Default false: waits for one until the timeout. */
  readonly failFast?: boolean | undefined
}

/** Counters of a service of this instance, as plain JSON. */
export interface ServiceStats {
  /** Name of the service. */
  readonly name: string
  /** Whether it is open, draining or closed. */
  readonly state: string
  /** Calls in their handler now. */
  readonly running: number
  /** Calls that wait. */
  readonly queued: number
  /** Bytes of their bodies. */
  readonly queuedBytes: number
  /** Tunnels open now. */
  readonly tunnels: number
  /** Calls whose handler returned. */
  readonly handled: number
  /** Calls whose handler threw. */
  readonly failed: number
  /** Calls refused for want of room. */
  readonly refused: number
  /** Calls that waited too long and were not handled. */
  readonly expired: number
  /** Mean time in the handler over the last calls, ms; null before the first. */
  readonly meanTime: number | null
}

/** What `cluster.stats()` returns, as plain JSON. */
export interface ClusterStats {
  /** Id of this instance. */
  readonly id: string
  /** Name of the network. */
  readonly network: string
  /** Zone of this instance; empty without one. */
  readonly zone: string
  /** Whether it is open, closing or closed. */
  readonly state: string
  /** Where it listens. */
  readonly urls: readonly string[]
  /** Members that can be called, over all names. */
  readonly members: number
  /** Requests that wait for an answer. */
  readonly outstanding: number
  /** What became of calls. */
  readonly calls: Readonly<Tally>
  /** What was dropped, by reason. */
  readonly drops: Readonly<Partial<Record<ClusterDropReason, number>>>
  /** Services of this instance. */
  readonly services: readonly ServiceStats[]
  /** Subscriptions open now. */
  readonly subscriptions: number
  /** By name of the engine; `direct` has `peers`, see `PeerStats`, and `sockets`. */
  readonly engines: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  /** By name of the provider. */
  readonly providers: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}

/** One member as the direct engine knows it; `stats().engines.direct.peers`. */
export interface PeerStats {
  /** Id of the member's instance. */
  readonly id: string
  /** Its zone; empty without one. */
  readonly zone: string
  /** Services that it has. */
  readonly names: readonly string[]
  /** State of the connection to it. */
  readonly state: string
  /** Where it is connected to. */
  readonly url: string
  /** Requests that it has not answered. */
  readonly outstanding: number
  /** Requests sent to it. */
  readonly sent: number
  /** Requests that it answered. */
  readonly answered: number
  /** Mean time to an answer over the last requests, ms; null before the first. */
  readonly meanTime: number | null
}

/** `stats().engines.direct`. */
export interface DirectStats {
  /** Members that this instance calls. */
  readonly peers: readonly PeerStats[]
  /** Callers connected to this instance. */
  readonly callers: number
  /** Calls that wait for a member. */
  readonly waiting: number
  /** Counters of the socket that carries the calls. */
  readonly socket: SocketStats
}
