/**
 * The interface of membership providers: who is there, and where. `local`, `hub`, `fixed`, `dns` and `lan` are made of
 * it; others (Consul, etcd, a file) can be added from outside with these few functions. A provider tells what it sees;
 * whether a member lives and what it serves is learned from the connection to it. Several providers are united by
 * instance id.
 *
 * @example
 * const consul = (): MembershipFactory => ({
 *   name: 'consul',
 *   open(host) {
 *     const timer = setInterval(async () => host.replace(await placesFromConsul()), 5000)
 *     return { announce: async (self) => register(self), close: async () => clearInterval(timer) }
 *   }
 * })
 */
import type { EndpointOptions } from 'hubless'

/** Makes a provider of members; what the option `members` takes. */
export interface MembershipFactory {
  /** For events and messages, such as `dns`. */
  readonly name: string
  /** Where members listen by default if this provider is used. `ipc`: on this host, beside the meeting place. */
  readonly reach: 'ipc' | 'tcp'
  /** Directory of ipc sockets, where `reach` is `ipc`. Makes it; throws `EACCES` where it is not private. */
  directory?(network: string): string
  /** Called once, when the cluster is made. Works in the background; throws `EINVAL` only. */
  open(host: MembershipHost): Membership
}

/** Says who is there, and tells others of this instance. */
export interface Membership {
  /**
   * Tells others where this instance is and what it serves; `undefined`: nothing any more. Called at every change.
   * Resolves when those who watch know, or when that cannot be learned; rejects only if it never worked.
   */
  announce(self: Sighting | undefined): Promise<void>
  /** The connection to a member broke: a good moment to look again. */
  refresh?(): void
  /** Plain JSON for `stats()`. */
  stats?(): Readonly<Record<string, unknown>>
  /** Stops; resolves when every timer and socket is gone. */
  close(): Promise<void>
}

/** The cluster, as a provider sees it. */
export interface MembershipHost {
  /** Name of the network. */
  readonly network: string
  /** Own instance id. */
  readonly id: string
  /** For connections of the provider itself: with a key, TLS-PSK; see `secure`. */
  readonly endpointOptions: EndpointOptions
  /** The URL that is to be used in place of this one: with a key `tls+tcp://` for `tcp://`. */
  secure(url: string): string
  /** Derives a secret for what the provider sends itself; one for each key, the newest first; empty without a key. */
  secrets(purpose: string): readonly Uint8Array[]
  /** A member is seen. `key` is the provider's own name for it. The same again with other contents replaces. */
  up(key: string, sighting: Sighting): void
  /**
   * It is seen no more. `left`: nothing new goes to it. `lost`: the provider lost sight of it; it stays while the
   * connection to it lives.
   */
  down(key: string, reason: 'left' | 'lost'): void
  /** All that are seen now; what is not among them is down (`left`). */
  replace(sightings: readonly Sighting[]): void
  /** The first look is done: a name that is not there now is not there. */
  ready(): void
  /** An announcement was not taken: malformed, foreign, stale, forged, too many. Counted. */
  refused(why: string): void
  /** Something that an operator should know; told by the event `warning`. */
  warn(message: string, cause?: unknown): void
}

/** A member as a provider sees it. What it does not know the member says itself once it is connected. */
export interface Sighting {
  /** Instance id; absent where only an address is known (`fixed`, `dns`): then it is connected to, in order to learn. */
  readonly id?: string | undefined
  /** Where it listens, the best first. `*` for a host stands for the address from which the announcement came. */
  readonly urls: readonly string[]
  /** Its zone. */
  readonly zone?: string | undefined
  /** What it serves; absent where the provider does not know: then it is connected to, in order to learn. */
  readonly services?: readonly SightedService[] | undefined
  /** Whether it has subscriptions, so that publishers connect to it. */
  readonly subscribes?: boolean | undefined
}

/** A service that a member has. */
export interface SightedService {
  /** Name of the service. */
  readonly name: string
  /** What the member says of itself. */
  readonly metadata: Readonly<Record<string, string>>
  /** When it began to serve, ISO 8601. */
  readonly since: string
}
