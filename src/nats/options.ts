/** The options of the engine, checked once. */
import { boolean, check, checkNames, object, type Rule, range } from '../rules.ts'

/** Options of `connect` of `@nats-io/transport-node`; all that it knows, except those that this engine sets. */
export interface NatsConnectionOptions {
  /** Name of the user. */
  readonly user?: string | undefined
  /** Its password. */
  readonly pass?: string | undefined
  /** A token in place of a user. */
  readonly token?: string | undefined
  /** What `credsAuthenticator` and its kind return. */
  readonly authenticator?: unknown
  /** Options of TLS, such as `caFile`. */
  readonly tls?: Readonly<Record<string, unknown>> | undefined
  /** First tokens of the subjects of replies. */
  readonly inboxPrefix?: string | undefined
  readonly [option: string]: unknown
}

/** Options of `nats()`. */
export interface NatsOptions {
  /** `host:port` or `nats://host:port`, one or several; tried in turn. Servers that these tell of are added. */
  readonly servers: string | readonly string[]
  /** First token of every subject. Default `hubless`. */
  readonly prefix?: string | undefined
  /** Whether `nats micro ls` sees the services. Default true; false where the account may not listen to `$SRV`. */
  readonly micro?: boolean | undefined
  /** How to connect. */
  readonly connection?: NatsConnectionOptions | undefined
  /** A member that took a call and then gives no sign of life for this long is passed over if that may be, ms. Default 1000. */
  readonly patience?: number | undefined
}

export interface NatsSettings {
  readonly servers: readonly string[]
  readonly prefix: string
  readonly micro: boolean
  readonly connection: NatsConnectionOptions
  readonly patience: number
}

const known: readonly (keyof NatsOptions)[] = ['servers', 'prefix', 'micro', 'connection', 'patience']
const token = /^[A-Za-z0-9_-]{1,63}$/
const address = /^([a-z]+:\/\/)?[!-~]{1,255}$/

const addresses: Rule = {
  allowed: 'an address such as "nats://10.0.0.7:4222", or a list of them',
  accepts: (v) =>
    Array.isArray(v) && v.length > 0 && v.every((server) => typeof server === 'string' && address.test(server))
}
const tokenRule: Rule = {
  allowed: '1 to 63 letters, digits, "_" and "-"',
  accepts: (v) => typeof v === 'string' && token.test(v)
}

/** Throws `EINVAL`. */
export function resolveNatsOptions(given: NatsOptions): NatsSettings {
  checkNames('nats()', known, given)
  const { servers, prefix = 'hubless', micro = true, connection = {}, patience = 1000 } = given
  return {
    servers: check('option servers', addresses, typeof servers === 'string' ? [servers] : servers),
    prefix: check('option prefix', tokenRule, prefix),
    micro: check('option micro', boolean, micro),
    connection: check('option connection', { ...object, secret: true }, connection),
    patience: check('option patience', range(20, 600_000, ' of ms'), patience)
  }
}
