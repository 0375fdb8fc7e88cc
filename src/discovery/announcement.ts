/** A service's side of discovery: a RESPONDENT that says who it is, where it is and how it is doing. */
import { type HopOptions, type Request, Respondent, type SocketOptions } from 'hubless'
import { fault } from './addresses.ts'
import { type Answer, complaint, isObject, type Question, readService, type Service, serviceCodec } from './messages.ts'

/** What a service says of itself. */
export interface ServiceDescription {
  /** The same for all instances of a service. */
  readonly name: string
  /** Where to connect, at most 16; `listener.url` with a host that others can reach. Without any it is not found by `find`. */
  readonly urls: readonly string[]
  /** Default `0.0.0`. */
  readonly version?: string | undefined
  /** Unique for each instance. Default: 32 random hexadecimal digits. */
  readonly id?: string | undefined
  /** Whatever helps to choose, such as a region. */
  readonly metadata?: Readonly<Record<string, string>> | undefined
}

export interface AnnounceOptions extends SocketOptions, HopOptions {
  /** Called for every STATS question; what it returns goes out as JSON. A good one is `() => rep.stats()`. */
  readonly stats?: (() => unknown) | undefined
  /** Withdraws the service, as `close()` does. */
  readonly signal?: AbortSignal | undefined
}

/** An announced service. It can be found while it is connected or bound, until it is closed; nothing else is to be done. */
export class Announcement extends Respondent<Answer, Question> {
  /** What is announced, with every default filled in. */
  readonly service: Service
  readonly #stats: (() => unknown) | undefined

  /** See `announce`. */
  constructor(service: ServiceDescription, options: AnnounceOptions = {}) {
    for (const [what, value] of Object.entries({ service, options })) {
      if (!isObject(value)) throw complaint(`the ${what} of announce()`, value, 'an object')
    }
    const { stats, signal, ...socketOptions } = options
    if (stats !== undefined && typeof stats !== 'function') throw complaint('option stats', stats, 'a function')
    if (signal !== undefined && !(signal instanceof AbortSignal))
      throw complaint('option signal', signal, 'an AbortSignal')
    signal?.throwIfAborted()
    const started = new Date().toISOString()
    const { id = randomId(), version = '0.0.0', metadata = {}, ...rest } = service
    const complete = readService({ ...rest, id, version, metadata, started })
    for (const url of complete.urls) {
      const problem = fault(url)
      if (problem !== undefined) throw complaint('a url', url, `one that can be connected to: ${problem}`)
    }
    super({ ...socketOptions, codec: serviceCodec })
    this.service = complete
    this.#stats = stats
    const withdraw = (): void => void this.close()
    signal?.addEventListener('abort', withdraw, { once: true })
    this.once('close', () => signal?.removeEventListener('abort', withdraw))
    void this.#answerAll()
  }

  async #answerAll(): Promise<void> {
    for await (const request of this.requests()) {
      try {
        await this.#answer(request)
      } catch (cause) {
        if (!this.context.closed) this.context.drop('handler-error', request.pipe, { cause })
      }
    }
  }

  /** What asks for others stays unanswered. */
  async #answer(request: Request<Answer, Question>): Promise<void> {
    const { verb, name, id } = request.body
    const { service } = this
    if ((name ?? service.name) !== service.name || (id ?? service.id) !== service.id) return
    const identity = { id: service.id, name: service.name, version: service.version }
    if (verb === 'PING') await request.reply({ verb, ...identity })
    else if (verb === 'INFO') await request.reply({ verb, ...service })
    else await request.reply({ verb, ...identity, started: service.started, stats: this.#askStats() ?? null })
  }

  #askStats(): unknown {
    const stats = this.#stats?.()
    if (!(stats instanceof Promise)) return stats
    stats.catch(() => {})
    throw complaint('what option stats returned', stats, 'what can go out at once, not a promise of it')
  }
}

/** Not `crypto.randomUUID()`, which does not exist in a page that came over plain HTTP. */
function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/**
 * Announces a service: the result is a RESPONDENT, to be connected to where directories are bound, or bound to where
 * they connect, with all that a socket has. `close()` withdraws the service.
 * Throws `EINVAL` for a wrong description or option, and the reason of a signal that is aborted already.
 *
 * @example
 * await using announcement = announce({ name: 'time', urls: [listener.url] }, { stats: () => rep.stats() })
 * announcement.connect('tcp://127.0.0.1:7000')
 */
export function announce(service: ServiceDescription, options?: AnnounceOptions): Announcement {
  return new Announcement(service, options)
}
