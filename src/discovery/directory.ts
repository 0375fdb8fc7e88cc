/** A client's side of discovery: a SURVEYOR that asks who is there. It keeps nothing, so nothing is out of date. */
import { type SocketOptions, type SurveyOptions, Surveyor, type SurveyorOnlyOptions } from 'hubless'
import {
  type Answer,
  type AnswerTo,
  directoryCodec,
  notAllowed,
  type Question,
  type Service,
  type Verb
} from './messages.ts'

/** Who is asked, and when enough have answered: at the deadline, after `count` services, or after `quiet` ms of silence. */
export interface Query extends SurveyOptions {
  /** Services of this name only. */
  readonly name?: string | undefined
  /** The one instance with this id. */
  readonly id?: string | undefined
}

/**
 * Finds services. Bind it where the services connect, or connect it to where they are bound, or both.
 *
 * @example
 * await using directory = new Directory()
 * await directory.bind('tcp://*:7000')
 * for await (const { urls } of directory.find({ name: 'time', count: 1 })) req.connect(urls[0])
 */
export class Directory extends Surveyor<Question, Answer> {
  constructor(options?: SocketOptions & SurveyorOnlyOptions) {
    super({ ...options, codec: directoryCodec })
  }

  /**
   * Asks at once and yields every service that answers, once each, as answers come. Ends without throwing as a survey
   * does; leaving the loop ends it too. Throws `EINVAL`, `EBADF`, or `signal.reason`, as `survey()` does.
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
    const { name, id, count = Infinity, ...endings } = query
    if (!(count >= 1)) throw notAllowed('count', count, 'a number of services from 1')
    return distinct<V>(this.survey({ verb, name, id }, endings), { verb, name, id }, count)
  }
}

/** Each service once, although it may be reached over several ways, and none that was not asked. */
async function* distinct<V extends Verb>(
  answers: AsyncIterable<{ readonly body: Answer }>,
  { verb, name, id }: Question,
  count: number
): AsyncGenerator<AnswerTo[V]> {
  const seen = new Set<string>()
  for await (const { body } of answers) {
    const { verb: answered, ...service } = body
    if (answered !== verb || seen.has(body.id)) continue
    if ((name ?? body.name) !== body.name || (id ?? body.id) !== body.id) continue
    seen.add(body.id)
    yield service as AnswerTo[V]
    if (seen.size >= count) return
  }
}
