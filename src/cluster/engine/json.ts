/**
 * The JSON of a link, read with bounds: greetings, the state of a member, what a hub knows. Whatever is not as it must
 * be makes these functions return `undefined`; nothing throws.
 */
import type { Body } from 'hubless'
import { isObject } from '../../rules.ts'
import type { SightedService, Sighting } from '../membership/membership.ts'
import { isId, isMetadata, isName, isPrefix, isUrl } from '../rules.ts'
import type { Failure, RemoteDetails } from './engine.ts'
import { failureCodes, maxJson, version } from './wire.ts'

export const bounds = { services: 256, urls: 16, topics: 65536, members: 4096 } as const

export interface Greeting {
  readonly network: string
  readonly id: string
  readonly zone: string
  /** Largest body it takes, bytes. */
  readonly max: number
}

/** `tunnels`: a second link, for tunnels alone. `watch`: of a hub. */
export type Role = 'calls' | 'tunnels' | 'watch'

export interface Hello extends Greeting {
  readonly role: Role
}

export interface NumberedService extends SightedService {
  readonly number: number
}

export interface State extends Greeting {
  readonly add: readonly NumberedService[]
  readonly remove: readonly number[]
  readonly subscribe: readonly string[]
  readonly unsubscribe: readonly string[]
}

export interface Seen {
  /** What is not in `up` is down. */
  readonly all: boolean
  readonly up: readonly Sighting[]
  readonly down: readonly { readonly id: string; readonly reason: 'left' | 'lost' }[]
}

export function encodeJson(value: object): Body {
  return Buffer.from(JSON.stringify(value)) as Body
}

export function parseJson(body: Body): Readonly<Record<string, unknown>> | undefined {
  if (body.length > maxJson) return undefined
  try {
    const value: unknown = JSON.parse(body.toString())
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

type Fields = Readonly<Record<string, unknown>>

const isZone = (value: unknown): value is string => value === '' || isName(value)
const isNumber = (value: unknown): value is number =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) < 2 ** 24
const isDate = (value: unknown): value is string =>
  typeof value === 'string' && /^\d{4}-\d\d-\d\dT[\d:.]{8,15}Z$/.test(value)

/** An array of at most `limit` of what `is` accepts; absent is empty. */
function listOf<T>(value: unknown, limit: number, is: (item: unknown) => item is T): readonly T[] | undefined {
  if (value === undefined) return []
  return Array.isArray(value) && value.length <= limit && value.every(is) ? value : undefined
}

function readGreeting(fields: Fields): Greeting | undefined {
  const { v, network, id, zone, max } = fields
  if (v !== version || !isName(network) || !isId(id) || !isZone(zone)) return undefined
  if (!Number.isInteger(max) || (max as number) < 1) return undefined
  return { network, id, zone, max: max as number }
}

export function readHello(body: Body): Hello | undefined {
  const fields = parseJson(body)
  const greeting = fields && readGreeting(fields)
  const role = fields?.role
  if (greeting === undefined || (role !== 'calls' && role !== 'tunnels' && role !== 'watch')) return undefined
  return { ...greeting, role }
}

const isService = (value: unknown): value is SightedService =>
  isObject(value) && isName(value.name) && isMetadata(value.metadata) && isDate(value.since)
const isNumbered = (value: unknown): value is NumberedService =>
  isService(value) && isNumber((value as NumberedService).number)

export function readState(body: Body): State | undefined {
  const fields = parseJson(body)
  const greeting = fields && readGreeting(fields)
  if (fields === undefined || greeting === undefined) return undefined
  const add = listOf(fields.add, bounds.services, isNumbered)
  const remove = listOf(fields.remove, bounds.services, isNumber)
  const subscribe = listOf(fields.subscribe, bounds.topics, isPrefix)
  const unsubscribe = listOf(fields.unsubscribe, bounds.topics, isPrefix)
  if (add === undefined || remove === undefined || subscribe === undefined || unsubscribe === undefined)
    return undefined
  return { ...greeting, add, remove, subscribe, unsubscribe }
}

/** A sighting of a member that says who it is. */
export function readSighting(value: unknown): (Sighting & { readonly id: string }) | undefined {
  if (!isObject(value)) return undefined
  const { id, zone = '', subscribes = false } = value
  const urls = listOf(value.urls, bounds.urls, isUrl)
  // Who does not say what it serves is asked.
  const services =
    value.services === undefined ? undefined : (listOf(value.services, bounds.services, isService) ?? null)
  if (!isId(id) || !isZone(zone) || typeof subscribes !== 'boolean' || !urls?.length || services === null)
    return undefined
  const plain = services?.map(({ name, metadata, since }) => ({ name, metadata, since }))
  return { id, urls, zone, ...(plain && { services: plain }), subscribes }
}

const isDown = (value: unknown): value is Seen['down'][number] =>
  isObject(value) && isId(value.id) && (value.reason === 'left' || value.reason === 'lost')

export function readSeen(
  body: Body
): { readonly seen: Seen; readonly faults: number; readonly hub: string } | undefined {
  const fields = parseJson(body)
  const down = fields && listOf(fields.down, bounds.members, isDown)
  if (fields === undefined || down === undefined || !Array.isArray(fields.up) || fields.up.length > bounds.members)
    return undefined
  const up = fields.up.map(readSighting).filter((sighting) => sighting !== undefined)
  const hub = isId(fields.hub) ? fields.hub : ''
  return { seen: { all: fields.all === true, up, down }, faults: fields.up.length - up.length, hub }
}

export function readRemote(body: Body): RemoteDetails {
  const fields = parseJson(body) ?? {}
  const text = (field: string): string => (typeof fields[field] === 'string' ? fields[field].slice(0, 1024) : '')
  return { name: text('name') || 'Error', code: text('code'), message: text('message') }
}

/** A code of a later version says no more than that it failed, and may have been handled. */
export function readFailure(number: number, body: Body): Failure {
  const code = failureCodes[number]
  if (code === undefined) return { code: 'EREMOTE', remote: { name: 'Error', code: '', message: `failure ${number}` } }
  return code === 'EREMOTE' ? { code, remote: readRemote(body) } : { code }
}
