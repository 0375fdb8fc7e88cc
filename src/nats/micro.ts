/**
 * What `nats micro ls`, `info` and `stats` ask for: each service answers on `$SRV.PING`, `$SRV.INFO` and `$SRV.STATS`, for
 * all, by its name, and by its name and id, with the JSON of NATS micro (ADR-32). Their names have no dots.
 */
import type { Desk, Failure } from 'hubless/cluster'
import { version } from '../version.ts'
import type { Connection } from './connection.ts'
import { queueGroup } from './subjects.ts'

const verbs = ['PING', 'INFO', 'STATS'] as const
type Verb = (typeof verbs)[number]

const nanoseconds = 1e6

export class MicroService {
  readonly #desk: Desk
  readonly #id: string
  readonly #network: string
  readonly #subject: string
  readonly #name: string
  readonly #listening: readonly (() => Promise<void>)[]
  #requests = 0
  #errors = 0
  #lastError = ''
  #time = 0

  constructor(connection: Connection, desk: Desk, id: string, network: string, subject: string) {
    this.#desk = desk
    this.#id = id
    this.#network = network
    this.#subject = subject
    this.#name = desk.name.replaceAll('.', '_')
    this.#listening = verbs.flatMap((verb) => {
      const own = `$SRV.${verb}.${this.#name}`
      return [`$SRV.${verb}`, own, `${own}.${id}`].map((where) =>
        connection.listen(where, ({ reply }) => {
          if (reply !== '') connection.publish(reply, Buffer.from(JSON.stringify(this.answer(verb))))
        })
      )
    })
  }

  settled(ms: number, failure: Failure | undefined): void {
    this.#requests++
    this.#time += ms
    if (failure === undefined) return
    this.#errors++
    this.#lastError = failure.remote?.message ?? failure.code
  }

  async withdraw(): Promise<void> {
    await Promise.all(this.#listening.map((withdraw) => withdraw()))
  }

  answer(verb: Verb): object {
    const { metadata, since } = this.#desk
    const identity = {
      name: this.#name,
      id: this.#id,
      version: semantic(metadata.version) ? metadata.version : version,
      metadata: { ...metadata, 'hubless.name': this.#desk.name, 'hubless.network': this.#network }
    }
    const endpoint = { name: 'request', subject: this.#subject, queue_group: queueGroup }
    const type = (kind: string): { type: string } => ({ type: `io.nats.micro.v1.${kind}_response` })
    if (verb === 'PING') return { ...type('ping'), ...identity }
    if (verb === 'INFO') {
      const description = `${this.#desk.name} of the hubless network ${this.#network}`
      return { ...type('info'), ...identity, description, endpoints: [{ ...endpoint, metadata: {} }] }
    }
    const time = Math.round(this.#time * nanoseconds)
    const counts = {
      num_requests: this.#requests,
      num_errors: this.#errors,
      last_error: this.#lastError,
      processing_time: time,
      average_processing_time: this.#requests === 0 ? 0 : Math.round(time / this.#requests)
    }
    return { ...type('stats'), ...identity, started: since, endpoints: [{ ...endpoint, ...counts }] }
  }
}

/** NATS micro refuses services without a semantic version. */
function semantic(text: string | undefined): boolean {
  return text !== undefined && /^\d+\.\d+\.\d+(?:-[\w.-]+)?(?:\+[\w.-]+)?$/.test(text)
}
