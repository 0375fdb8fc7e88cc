/** The options of the engine, checked once. */
import { SpError } from 'hubless'

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

/** Throws `EINVAL`. */
export function resolveNatsOptions(given: NatsOptions): NatsSettings {
  if (!isObject(given)) throw invalid('the options of nats() are an object with servers')
  const unknown = Object.keys(given).find((key) => !known.includes(key as keyof NatsOptions))
  if (unknown !== undefined)
    throw invalid(`nats() has no option ${JSON.stringify(unknown)}; it has ${known.join(', ')}`)
  const { prefix = 'hubless', micro = true, connection = {}, patience = 1000 } = given
  const servers: readonly unknown[] = Array.isArray(given.servers) ? given.servers : [given.servers]
  if (servers.length === 0 || !servers.every(isAddress)) {
    throw invalid('option servers of nats() is an address such as "nats://10.0.0.7:4222", or a list of them')
  }
  if (!token.test(prefix)) throw invalid('option prefix of nats() is 1 to 63 letters, digits, "_" and "-"')
  if (typeof micro !== 'boolean') throw invalid('option micro of nats() is true or false')
  if (!isObject(connection)) throw invalid('option connection of nats() is an object')
  if (!Number.isInteger(patience) || patience < 20 || patience > 600_000) {
    throw invalid('option patience of nats() is a whole number of ms from 20 to 600000')
  }
  return { servers, prefix, micro, connection, patience }
}

const isAddress = (value: unknown): value is string => typeof value === 'string' && address.test(value)
const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

function invalid(message: string): SpError {
  return new SpError('EINVAL', { message })
}
