/**
 * The service that every member has beside its own: asked by a survey, it answers what the member has done, for maps and
 * tables of a cluster. Its name is reserved, and it is in no list of members.
 */
import type { ClusterStats, ServiceStats } from './types.ts'

export const statisticsName = 'hubless.stats'

/** Names that belong to hubless itself. */
export const isReserved = (name: string): boolean => name.startsWith('hubless.')

/** What a member answers. Plain JSON. */
export interface MemberStats {
  /** Id of the instance. */
  readonly id: string
  /** Its zone; empty without one. */
  readonly zone: string
  /** Seconds since the process began. */
  readonly uptime: number
  /** Its own services. */
  readonly services: readonly ServiceStats[]
  /** What became of its calls. */
  readonly calls: ClusterStats['calls']
  /** What it dropped, by reason. */
  readonly drops: ClusterStats['drops']
  /** Requests of its own that wait for an answer. */
  readonly outstanding: number
}

export function memberStats({ id, zone, services, calls, drops, outstanding }: ClusterStats): MemberStats {
  return { id, zone, uptime: Math.round(process.uptime()), services, calls, drops, outstanding }
}

const maxAnswer = 1_048_576
const counts: readonly (keyof ServiceStats)[] = [
  'running',
  'queued',
  'queuedBytes',
  'tunnels',
  'handled',
  'failed',
  'refused',
  'expired'
]

type Fields = Readonly<Record<string, unknown>>
const isFields = (value: unknown): value is Fields => Object(value) === value && !Array.isArray(value)
const isCount = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value) && value >= 0

/** Reads what a member answered; `undefined` where it is not of that form. */
export function readMemberStats(body: Uint8Array): MemberStats | undefined {
  if (body.length > maxAnswer) return undefined
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(body).toString())
  } catch {
    return undefined
  }
  if (!isFields(value)) return undefined
  const { id, zone, uptime, services, calls, drops, outstanding } = value
  if (typeof id !== 'string' || typeof zone !== 'string' || !isCount(uptime) || !isCount(outstanding)) return undefined
  if (!isFields(calls) || !isFields(drops) || !Object.values(drops).every(isCount)) return undefined
  if (!Array.isArray(services) || services.length > 256 || !services.every(isServiceStats)) return undefined
  return value as unknown as MemberStats
}

function isServiceStats(value: unknown): value is ServiceStats {
  if (!isFields(value) || typeof value.name !== 'string' || typeof value.state !== 'string') return false
  return counts.every((key) => isCount(value[key])) && (value.meanTime === null || isCount(value.meanTime))
}
