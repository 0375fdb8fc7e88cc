/**
 * Who is there: each instance tells the others what it serves, at every change and when one asks. Asked is once for each
 * connection, and again when somebody wants to see the members; calls need none of it, since NATS knows who listens.
 * One change is one message to each instance.
 */

import type { Desk, EngineHost, MemberInfo } from 'hubless/cluster'
import type { Connection } from './connection.ts'
import { isUnheard, type Msg } from './package.ts'
import type { Subjects } from './subjects.ts'

interface Told {
  readonly id: string
  readonly zone: string
  readonly services: readonly Pick<Desk, 'name' | 'metadata' | 'since'>[]
}

interface Instance extends Told {
  /** Times it was asked for and not heard. */
  missed: number
}

const maxInstances = 4096
const maxServices = 256
const maxBytes = 1_048_576
/** What is older than this is asked for again when somebody looks, ms. */
const fresh = 2000
/** Not heard after being asked for so often: lost. */
const mostMissed = 2
const none = new Uint8Array(0)

const namePattern = /^(?=.{1,63}$)[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isText = (value: unknown): value is string => typeof value === 'string' && value.length <= 255

export class Presence {
  readonly #host: EngineHost
  readonly #connection: Connection
  readonly #subjects: Subjects
  readonly #desks: ReadonlyMap<string, Desk>
  readonly #outstanding: (id: string) => number
  readonly #instances: Map<string, Instance> = new Map()
  #asked = -Infinity

  constructor(
    host: EngineHost,
    connection: Connection,
    subjects: Subjects,
    desks: ReadonlyMap<string, Desk>,
    outstanding: (id: string) => number
  ) {
    this.#host = host
    this.#connection = connection
    this.#subjects = subjects
    this.#desks = desks
    this.#outstanding = outstanding
    connection.listen(subjects.presence, (message) => this.message(message))
    connection.listen(subjects.who, ({ reply }) => {
      if (reply !== '') connection.publish(reply, this.#self())
    })
  }

  /** Tells everyone what is served here. */
  tell(): void {
    this.#connection.publish(this.#subjects.presence, this.#self())
  }

  /** Asks everyone, and forgets who has not answered the last times. */
  ask(): void {
    if (!this.#connection.up) return
    this.#asked = performance.now()
    for (const [id, instance] of this.#instances) if (instance.missed++ >= mostMissed) this.drop(id, 'lost')
    this.#connection.publish(this.#subjects.who, none, { reply: `${this.#subjects.inbox}who` })
  }

  members(): readonly MemberInfo[] {
    if (performance.now() - this.#asked > fresh) this.ask()
    return [...this.#instances.values()].flatMap((instance) => this.#infos(instance))
  }

  /** Ids of the members of a name. */
  named(name: string): readonly string[] {
    const found: string[] = []
    for (const { id, services } of this.#instances.values()) {
      if (services.some((service) => service.name === name)) found.push(id)
    }
    return found
  }

  /** What an instance says of itself. */
  message(message: Msg): void {
    if (isUnheard(message)) return
    const told = readTold(message.data)
    if (told === undefined) return void this.#host.dropped('announcement', { size: message.data.length })
    if (told.id === this.#host.id) return
    const before = this.#instances.get(told.id)
    if (before === undefined && this.#instances.size >= maxInstances) return void this.#host.dropped('announcement')
    const now: Instance = { ...told, missed: 0 }
    if (now.services.length === 0) this.#instances.delete(told.id)
    else this.#instances.set(told.id, now)
    const key = ({ name, since }: MemberInfo): string => `${name} ${since}`
    const was = new Map(before === undefined ? [] : this.#infos(before).map((info) => [key(info), info]))
    for (const info of this.#infos(now)) if (!was.delete(key(info))) this.#host.joined(info)
    for (const info of was.values()) this.#host.left(info, 'left')
  }

  drop(id: string, reason: string): void {
    const instance = this.#instances.get(id)
    this.#instances.delete(id)
    if (instance !== undefined) for (const info of this.#infos(instance)) this.#host.left(info, reason)
  }

  /** There is no connection: nobody can be called. */
  clear(): void {
    for (const id of [...this.#instances.keys()]) this.drop(id, 'lost')
  }

  #self(): Buffer {
    const { id, zone } = this.#host
    const services = Array.from(this.#desks.values(), ({ name, metadata, since }) => ({ name, metadata, since }))
    return Buffer.from(JSON.stringify({ v: 1, id, zone, services }))
  }

  #infos({ id, zone, services }: Told): MemberInfo[] {
    const urls = [`nats://${this.#connection.server}`]
    return services.map((service) => ({ ...service, id, zone, urls, outstanding: this.#outstanding(id) }))
  }
}

function readTold(data: Uint8Array): Told | undefined {
  if (data.length > maxBytes) return undefined
  let fields: unknown
  try {
    fields = JSON.parse(Buffer.from(data).toString())
  } catch {
    return undefined
  }
  if (!isObject(fields) || fields.v !== 1) return undefined
  const { id, zone, services } = fields
  if (!isText(id) || !/^[0-9a-f]{32}$/.test(id)) return undefined
  if (!isText(zone) || (zone !== '' && !namePattern.test(zone))) return undefined
  if (!Array.isArray(services) || services.length > maxServices || !services.every(isService)) return undefined
  return { id, zone, services: services.map(({ name, metadata, since }) => ({ name, metadata, since })) }
}

function isService(value: unknown): value is Told['services'][number] {
  if (!isObject(value)) return false
  const { name, metadata, since } = value
  if (!isText(name) || !namePattern.test(name) || !isObject(metadata)) return false
  if (!isText(since) || !/^\d{4}-\d\d-\d\dT[\d:.]{8,15}Z$/.test(since)) return false
  const entries = Object.entries(metadata)
  return entries.length <= 16 && entries.every(([key, text]) => key.length <= 63 && isText(text))
}
