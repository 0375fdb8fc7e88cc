/**
 * A client's side of discovery: a SURVEYOR that asks who is there. It keeps nothing, so nothing is out of date. What
 * comes back was said by anybody who is connected: it is bounded, and what may not be dialed is left out.
 */
import {
  type Message,
  type SocketOptions,
  SpError,
  type SurveyOptions,
  Surveyor,
  type SurveyorOnlyOptions
} from 'hubless'
import { type Allow, checkAllow, networkSchemes, objection } from './addresses.ts'
import {
  type Answer,
  type AnswerTo,
  complaint,
  directoryCodec,
  isObject,
  isVerb,
  optionalText,
  type Question,
  type Service,
  type Verb
} from './messages.ts'

/** What a directory takes from those who answer. */
export interface Trust {
  /**
   * Which urls may be dialed: schemes, or a function that is asked about each well-formed url. Others are left out, and a
   * service without any other. Default: `tcp`, `tls+tcp`, `ws`, `wss`.
   */
  readonly allow?: Allow | undefined
  /** Services that one peer may announce; a device hands on those of many. Default 100. */
  readonly perPeer?: number | undefined
}

interface Limits {
  readonly allow: Allow
  readonly perPeer: number
}

export interface DirectoryOptions extends SocketOptions, SurveyorOnlyOptions, Trust {}

/** Who is asked, and when enough have answered: at the deadline, after `count` services, or after `quiet` ms of silence. */
export interface Query extends Omit<SurveyOptions, 'count'>, Trust {
  /** Services of this name only. */
  readonly name?: string | undefined
  /** The one instance with this id. */
  readonly id?: string | undefined
  /** Ends after so many services. Default 1000. */
  readonly count?: number | undefined
}

type Received = Pick<Message<Answer>, 'body' | 'pipe'>

/**
 * Finds services. Bind it where the services connect, or connect it to where they are bound, or both.
 *
 * @example
 * await using directory = new Directory()
 * await directory.bind('tcp://*:7000')
 * for await (const { urls } of directory.find({ name: 'time', count: 1 })) req.connect(urls[0])
 */
export class Directory extends Surveyor<Question, Answer> {
  readonly #trust: Limits

  /** `options.allow` and `options.perPeer` hold for every query that has none of its own. Throws `EINVAL`. */
  constructor(options: DirectoryOptions = {}) {
    if (!isObject(options)) throw complaint('the options of Directory', options, 'an object')
    const { allow, perPeer, ...socketOptions } = options
    const trust = checked({ allow, perPeer }, { allow: networkSchemes, perPeer: 100 })
    super({ ...socketOptions, codec: directoryCodec })
    this.#trust = trust
  }

  /**
   * Asks at once and yields every service that answers and can be connected to, once each, as answers come. Ends without
   * throwing as a survey does; leaving the loop ends it too. What is left out is a drop with the reason `filtered`.
   * Throws `EINVAL`, `EBADF`, or `signal.reason`, as `survey()` does.
   */
  find(query?: Query): AsyncIterableIterator<Service> {
    return this.ask('INFO', query)
  }

  /** As `find`, all together. An abort rejects. */
  async list(query?: Query): Promise<Service[]> {
    const services: Service[] = []
    for await (const service of this.find(query)) services.push(service)
    return services
  }

  /** As `find`, with the choice of what is asked: PING (who), INFO (who and where) or STATS (how it is doing). */
  ask<V extends Verb>(verb: V, query: Query = {}): AsyncIterableIterator<AnswerTo[V]> {
    if (!isVerb(verb)) throw complaint('the verb', verb, 'PING, INFO, STATS')
    if (!isObject(query)) throw complaint('the query', query, 'an object')
    const { allow, perPeer, count = 1000, name, id, ...endings } = query
    if (!(count >= 1)) throw complaint('count', count, 'a number of services from 1')
    const question = { verb, name: optionalText({ name }, 'name'), id: optionalText({ id }, 'id') }
    const trust = checked({ allow, perPeer }, this.#trust)
    return this.#distinct<V>(this.survey(question, endings), question, count, trust)
  }

  /** Each service once, although it may be reached over several ways, and none that was not asked. */
  async *#distinct<V extends Verb>(
    answers: AsyncIterable<Received>,
    { verb, name, id }: Question,
    count: number,
    { allow, perPeer }: Limits
  ): AsyncGenerator<AnswerTo[V]> {
    const seen = new Set<string>()
    const ofPeer = new Map<number, number>()
    for await (const { body, pipe } of answers) {
      if (body.verb !== verb || (name ?? body.name) !== body.name || (id ?? body.id) !== body.id) continue
      const key = keyOf(body)
      if (seen.has(key)) continue
      const before = ofPeer.get(pipe.id) ?? 0
      ofPeer.set(pipe.id, before + 1)
      if (before >= perPeer) {
        this.#leaveOut(pipe, body, `it is beyond the ${perPeer} services that a peer may announce`)
        continue
      }
      const answer = body.verb === 'INFO' ? this.#dialable(body, pipe, allow) : body
      if (answer === undefined) continue
      const { verb: _verb, ...service } = answer
      seen.add(key)
      yield service as AnswerTo[V]
      if (seen.size >= count) return
    }
  }

  /** With the urls that may be dialed; undefined when there is none. */
  #dialable<S extends Service>(service: S, pipe: Received['pipe'], allow: Allow): S | undefined {
    const urls = service.urls.filter((url) => {
      const problem = objection(url, allow)
      if (problem !== undefined) this.#leaveOut(pipe, service, `${JSON.stringify(url)}: ${problem}`)
      return problem === undefined
    })
    if (service.urls.length === 0) this.#leaveOut(pipe, service, 'it has no url')
    return urls.length > 0 ? { ...service, urls } : undefined
  }

  /** An answer or one of its urls. */
  #leaveOut(pipe: Received['pipe'], { name, id }: Pick<Service, 'name' | 'id'>, why: string): void {
    if (this.context.closed) return
    const message = `the service ${JSON.stringify(name)} (${JSON.stringify(id)}) is left out, in whole or in part: ${why}`
    const cause = new SpError('EINVAL', { message })
    this.context.drop('filtered', pipe, { cause })
  }
}

/** The same service, however it was reached. Two that claim one id are two, so that none hides the other. */
function keyOf(answer: Answer): string {
  if (answer.verb !== 'STATS') return JSON.stringify(answer)
  const { id, name, version, started } = answer
  return JSON.stringify([id, name, version, started])
}

function checked({ allow, perPeer }: Trust, otherwise: Limits): Limits {
  if (allow !== undefined) checkAllow(allow)
  if (perPeer !== undefined && !(perPeer >= 1))
    throw complaint('option perPeer', perPeer, 'a number of services from 1')
  return { allow: allow ?? otherwise.allow, perPeer: perPeer ?? otherwise.perPeer }
}
