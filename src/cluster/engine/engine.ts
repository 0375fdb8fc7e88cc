/**
 * The interface of engines: what carries the five verbs between members. The engine of `direct.ts` connects members to
 * each other and is always there; another one, such as `hubless/nats`, may stand behind it for what no member in reach
 * can answer. An engine moves bytes: names, limits, handlers, codecs and tunnels are the cluster's business, and the
 * same for all engines.
 *
 *   cluster ──► engine.request(…)          caller: a name and bytes go out
 *   desk    ◄── engine                     member: what arrived is put on the desk of its service
 *
 * Rules for all of them: nothing that arrives throws; what fails rejects with an `SpError` of the codes given below;
 * what was not handed to any handler for certain may be given to another member, everything else only if `idempotent`.
 */
import type { Body } from 'hubless'
import type { ClusterDropReason } from '../reasons.ts'

/** Makes an engine; what `engine` of a cluster's options is, such as `nats({ servers })`. */
export interface EngineFactory {
  /** For events, statistics and messages, such as `nats`. */
  readonly name: string
  /** Called once, when the cluster is made. Connects in the background; throws `EINVAL` only. */
  open(host: EngineHost): Engine
}

/** The cluster, as an engine sees it. */
export interface EngineHost {
  /** Name of the network. */
  readonly network: string
  /** Of this instance: 32 hexadecimal digits, new for each. */
  readonly id: string
  /** Zone of this instance; empty without one. */
  readonly zone: string
  /** Largest body that is taken, bytes. */
  readonly recvMaxSize: number
  /** What happened to calls; engines count the answers and failures of those that they carry. */
  readonly counts: Tally
  /** A publication arrived for a subscription of this instance. Never throws. */
  deliver(topic: string, body: Body, from: string): void
  /** A member can be called by a name. */
  joined(member: MemberInfo): void
  /** It cannot any more. `reason` is a word such as `left`, `lost`. */
  left(member: MemberInfo, reason: string): void
  /** What was lost or refused, and why: counted, and told by the event `drop`. */
  dropped(
    reason: ClusterDropReason,
    details?: { readonly from?: string; readonly size?: number; readonly cause?: unknown }
  ): void
  /** Something that an operator should know; told by the event `warning`. */
  warn(message: string, cause?: unknown): void
}

/** Carries the calls of a cluster. The built-in one connects members directly; others come by the option `engine`. */
export interface Engine {
  /** For statistics and messages, such as `nats`. */
  readonly name: string
  /** Whether a member of that name can be asked now, as far as is known. */
  has(name: string): boolean
  /** Offers a service; resolves when others can call it. */
  offer(desk: Desk): Promise<Registration>
  /**
   * One member handles it. Rejects with `EHOSTUNREACH` (none is there, at once with `failFast`), `ETIMEDOUT`, `EREMOTE`
   * (a `RemoteError`), `EBUSY` (all are full), `ECONNRESET` (it died with it), `EMSGSIZE`, `EBADF`, `signal.reason`.
   */
  request(name: string, body: Body, call: OutgoingCall): Promise<Body>
  /** To every member except `except`, at most once. Resolves with the ids it was handed to, where they are known. */
  broadcast(name: string, body: Body, except: ReadonlySet<string>): Promise<readonly string[]>
  /** As `broadcast`, and every member answers, until `survey.signal` aborts. Never rejects; `end` comes once, last. */
  survey(name: string, body: Body, survey: OutgoingSurvey): void
  /** To every subscriber except `except`. Resolves with the ids it was handed to, where they are known. */
  publish(topic: string, body: Body, except: ReadonlySet<string>): Promise<readonly string[]>
  /** Topics that begin with `prefix`. Resolves when what is published from now on arrives. */
  subscribe(prefix: string): Promise<Registration>
  /** Opens the way for a tunnel to one member, which has accepted it. Rejects as `request` does. */
  tunnel(name: string, call: OutgoingCall): Promise<TunnelCarrier>
  /** Members that can be called now. */
  members(): readonly MemberInfo[]
  /** Plain JSON. */
  stats(): Readonly<Record<string, unknown>>
  /** Ends every connection and timer; whatever waits rejects with `EBADF`. */
  close(linger: number): Promise<void>
}

/** Counters of the calls of a cluster. */
export interface Tally {
  /** Requests made. */
  requests: number
  /** Requests that were answered. */
  answered: number
  /** By error code. */
  readonly failed: Record<string, number>
  /** Requests given to a second member. */
  retried: number
  /** Broadcasts made. */
  broadcasts: number
  /** Surveys made. */
  surveys: number
  /** Publications made. */
  published: number
  /** Publications that arrived. */
  received: number
  /** Tunnels opened. */
  tunnels: number
}

/** Something offered or subscribed to. */
export interface Registration {
  /** Takes it back: nothing new arrives from when it resolves. */
  withdraw(): Promise<void>
}

/** What a member is called by one of its names. */
export interface MemberInfo {
  /** Of the instance; the same over all engines. */
  readonly id: string
  /** Name of the service. */
  readonly name: string
  /** Its zone; empty without one. */
  readonly zone: string
  /** Where it listens; of another engine a URL that says which. */
  readonly urls: readonly string[]
  /** What it says of itself. */
  readonly metadata: Readonly<Record<string, string>>
  /** When it began to serve, ISO 8601. */
  readonly since: string
  /** Requests of this cluster that it has not answered. */
  readonly outstanding: number
}

/** A call on its way to a member. */
export interface OutgoingCall {
  /** On the clock of `performance.now()`; Infinity = never. */
  readonly deadline: number
  /** ms from the beginning to the deadline; for messages and timers. */
  readonly timeout: number
  /** Gives the call up. */
  readonly signal: AbortSignal | undefined
  /** May be given to another member when one died or fell silent with it. */
  readonly idempotent: boolean
  /** Reject with `EHOSTUNREACH` at once where no member is. */
  readonly failFast: boolean
}

/** A survey on its way to members. */
export interface OutgoingSurvey {
  /** Ids that are not asked. */
  readonly except: ReadonlySet<string>
  /** On the clock of `performance.now()`. */
  readonly deadline: number
  /** Aborts when the answers are of no more interest. */
  readonly signal: AbortSignal
  /** Who was asked, once, before the first answer. */
  asked(ids: readonly string[]): void
  /** A member answered. */
  answer(from: string, body: Body): void
  /** A member will not answer: it failed, is full or gone. */
  failed(from: string, error: unknown): void
  /** Nobody will answer any more. Called once, last. */
  end(): void
}

/** The desk of a service: where an engine puts what arrived for it. One desk for all engines, so that its limits hold. */
export interface Desk {
  /** Name of the service. */
  readonly name: string
  /** What callers see of this member. */
  readonly metadata: Readonly<Record<string, string>>
  /** When it began to serve, ISO 8601. */
  readonly since: string
  /** Handles the call now or when its turn comes, or refuses it. Never throws. */
  take(call: IncomingCall): void
  /** Takes a tunnel: calls `open` once, at once, for its carrier; or says why not. Never throws. */
  accept(from: string, open: () => TunnelCarrier): Failure | undefined
}

/** What is answered or handled by a desk. */
export type CallVerb = 'request' | 'survey' | 'broadcast'

/** A call that arrived, made by the engine. A broadcast needs no answer. */
export interface IncomingCall {
  /** Which of the three it is. */
  readonly verb: CallVerb
  /** Id of the caller's instance. */
  readonly from: string
  /** What was sent. */
  readonly body: Body
  /** On the clock of `performance.now()`; Infinity = none. */
  readonly deadline: number
  /** Set by the desk; the engine calls it when the caller gave up or is gone. */
  canceled: (() => void) | undefined
  /** The handler answered. */
  answer(body: Body): void
  /** It will not be answered. */
  fail(failure: Failure): void
}

/** Why a call failed, as it goes back to the caller. */
export interface Failure {
  /**
   * `EREMOTE`: the handler threw. `EBUSY`: no room, not handled. `ENOTSUP`: the service does not have this verb.
   * `EHOSTUNREACH`: it is not served here (any more), not handled. `ETIMEDOUT`: it came too late, not handled.
   * `EMSGSIZE`: the answer is larger than the caller takes.
   */
  readonly code: 'EREMOTE' | 'EBUSY' | 'ENOTSUP' | 'EHOSTUNREACH' | 'ETIMEDOUT' | 'EMSGSIZE'
  /** With `EREMOTE`. */
  readonly remote?: RemoteDetails
}

/** What a handler threw, without its stack. */
export interface RemoteDetails {
  /** Name of the error. */
  readonly name: string
  /** Its `code`; empty without one. */
  readonly code: string
  /** Its message. */
  readonly message: string
}

/**
 * What a tunnel is made of: frames both ways, each once and in order, or an end with an error. Credits, borders and
 * half-close are made of frames by `tunnel.ts`, alike over every engine.
 */
export interface TunnelCarrier {
  /** Id of the member at the other end. */
  readonly peer: string
  /** Largest frame, bytes. */
  readonly maxFrame: number
  /** Takes one frame; `header` is copied, `body` belongs to the carrier. False: it is full now, `writable` follows. */
  send(header: Uint8Array, body: Body): boolean
  /** Called once, before the first frame is delivered. */
  start(sink: TunnelSink): void
  /** The tunnel is over here; nothing is delivered any more. Frames that were sent are. */
  close(): void
}

/** What the carrier of a tunnel reports to. */
export interface TunnelSink {
  /** A frame arrived. */
  frame(frame: Body): void
  /** The carrier was full and has room again. */
  writable(): void
  /** The way is gone; comes at most once, last. */
  lost(error: unknown): void
}
