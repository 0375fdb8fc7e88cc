/** The options of a cluster and of its calls: checked once, with every default filled in. */
import type { Codec, EndpointOptions } from 'hubless'
import {
  boolean,
  callable,
  check,
  checkNames,
  duration,
  invalid,
  isObject,
  object,
  type Rule,
  range
} from '../rules.ts'
import type { EngineFactory } from './engine/engine.ts'
import { keyList } from './keys.ts'
import { local } from './membership/local.ts'
import type { MembershipFactory } from './membership/membership.ts'
import { metadataRule, nameRule, zoneRule } from './rules.ts'
import type { CallOptions, ClusterOptions, Handlers, ServeOptions, SubscribeOptions } from './types.ts'
import { checkSignal } from './waits.ts'

export interface ResolvedClusterOptions {
  readonly network: string
  readonly keys: readonly Uint8Array[]
  readonly providers: readonly MembershipFactory[]
  readonly zone: string
  readonly bind: readonly string[] | undefined
  readonly host: string | (() => string | Promise<string>) | undefined
  readonly codec: Codec<unknown, unknown> | undefined
  readonly engine: EngineFactory | undefined
  readonly timeout: number
  readonly patience: number
  readonly recvMaxSize: number
  readonly tunnelCredit: number
  readonly tunnelMaxSize: number
  readonly endpoint: EndpointOptions
}

const clusterKeys: readonly (keyof ClusterOptions)[] = [
  'network',
  'key',
  'members',
  'zone',
  'bind',
  'host',
  'codec',
  'engine',
  'timeout',
  'patience',
  'recvMaxSize',
  'tunnelCredit',
  'tunnelMaxSize',
  'endpoint'
]

const hostRule: Rule = {
  allowed: 'a host name or address, or a function that returns one',
  accepts: (v) => typeof v === 'function' || (typeof v === 'string' && /^[!-~]{1,255}$/.test(v))
}
const factoryRule: Rule = {
  allowed: 'made by a function such as local() or hub(urls): an object with name and open',
  accepts: (v) => isObject(v) && typeof v.name === 'string' && typeof v.open === 'function'
}
const codecRule: Rule = {
  allowed: 'an object with functions encode and decode',
  accepts: (v) => isObject(v) && typeof v.encode === 'function' && typeof v.decode === 'function'
}
const urlRule: Rule = {
  allowed: 'a URL such as tcp://*:0, or a list of them',
  accepts: (v) => typeof v === 'string' && v.includes('://')
}

const list = <T>(value: T | readonly T[]): readonly T[] => (Array.isArray(value) ? value : [value as T])

/** Throws `EINVAL`. */
export function resolveClusterOptions(given: ClusterOptions<never, never>): ResolvedClusterOptions {
  checkNames('a cluster', clusterKeys, given)
  const { network = 'default', zone = '', bind, host, codec, engine, endpoint = {} } = given
  const { timeout = 5000, patience = 1000, recvMaxSize = 1048576 } = given
  const { tunnelCredit = 1048576, tunnelMaxSize = 67108864 } = given
  const providers = list(given.members ?? local())
  for (const provider of providers) check('option members', factoryRule, provider)
  for (const url of bind === undefined ? [] : list(bind)) check('option bind', urlRule, url)
  if (host !== undefined) check('option host', hostRule, host)
  if (codec !== undefined) check('option codec', codecRule, codec)
  if (engine !== undefined) check('option engine', factoryRule, engine)
  return {
    network: check('option network', nameRule, network),
    keys: keyList(given.key),
    providers,
    zone: check('option zone', zoneRule, zone),
    bind: bind === undefined ? undefined : list(bind),
    host,
    codec: codec as Codec<unknown, unknown> | undefined,
    engine,
    timeout: check('option timeout', duration, timeout),
    patience: check('option patience', range(20, 600_000), patience),
    recvMaxSize: check('option recvMaxSize', range(1, 2 ** 30), recvMaxSize),
    tunnelCredit: check('option tunnelCredit', range(65536, 2 ** 30), tunnelCredit),
    tunnelMaxSize: check('option tunnelMaxSize', range(1, 2 ** 30), tunnelMaxSize),
    endpoint: check('option endpoint', object, endpoint)
  }
}

const verbs: readonly (keyof Handlers)[] = ['request', 'broadcast', 'survey', 'tunnel']

export function checkHandlers(handlers: unknown): void {
  checkNames('a service', verbs, handlers)
  const given = Object.entries(handlers as object).filter(([, handler]) => handler !== undefined)
  if (given.length === 0) throw invalid(`a service handles at least one of ${verbs.join(', ')}`)
  for (const [verb, handler] of given) check(`the handler ${verb}`, callable, handler)
}

export function resolveServeOptions(given: ServeOptions): {
  readonly concurrency: number
  readonly queue: number
  readonly queueBytes: number
  readonly tunnels: number
  readonly metadata: Readonly<Record<string, string>>
  readonly signal: AbortSignal | undefined
} {
  checkNames('serve', ['concurrency', 'queue', 'queueBytes', 'tunnels', 'metadata', 'signal'], given)
  const { concurrency = 64, queue = 4096, queueBytes = 16777216, tunnels = 1024, metadata = {}, signal } = given
  return {
    concurrency: check('option concurrency', range(1), concurrency),
    queue: check('option queue', range(0), queue),
    queueBytes: check('option queueBytes', range(0), queueBytes),
    tunnels: check('option tunnels', range(0), tunnels),
    metadata: { ...check('option metadata', metadataRule, metadata) },
    signal: checkSignal(signal)
  }
}

export function resolveSubscribeOptions(given: SubscribeOptions): {
  readonly queue: number
  readonly queueBytes: number
  readonly signal: AbortSignal | undefined
} {
  checkNames('subscribe', ['queue', 'queueBytes', 'signal'], given)
  const { queue = 4096, queueBytes = 16777216, signal } = given
  return {
    queue: check('option queue', range(1), queue),
    queueBytes: check('option queueBytes', range(1), queueBytes),
    signal: checkSignal(signal)
  }
}

export function checkCallOptions(given: CallOptions): void {
  checkNames('a call', ['timeout', 'signal', 'idempotent', 'failFast'], given)
  if (given.timeout !== undefined) check('option timeout', duration, given.timeout)
  if (given.idempotent !== undefined) check('option idempotent', boolean, given.idempotent)
  if (given.failFast !== undefined) check('option failFast', boolean, given.failFast)
  checkSignal(given.signal)
}
