/** What goes to every member of a name: broadcasts and surveys. A member that is full is waited for once, and then misses it. */
import { type Body, SpError } from 'hubless'
import type { EngineHost, OutgoingSurvey } from './engine.ts'
import { MemberLink } from './member-link.ts'
import type { Pool } from './pool.ts'
import type { Prospects } from './prospects.ts'
import { SurveyCall } from './survey-call.ts'

export class ToAll {
  readonly #host: EngineHost
  readonly #prospects: Prospects

  constructor(host: EngineHost, prospects: Prospects) {
    this.#host = host
    this.#prospects = prospects
  }

  /** Resolves with the ids of those it was handed to. Rejects with `EMSGSIZE`. */
  async broadcast(pool: Pool, body: Body, except: ReadonlySet<string>): Promise<readonly string[]> {
    const { name } = pool
    await this.#prospects.settled(name)
    for (const target of pool.targets) if (target instanceof MemberLink && target.full) await target.room.wait()
    const reached: string[] = []
    for (const target of [...pool.targets]) {
      if (!target.alive || except.has(target.id)) continue
      if (body.length > target.max) {
        const message = `the body for ${name} has ${body.length} bytes, a member takes ${target.max}`
        throw new SpError('EMSGSIZE', { message })
      }
      if (target.tell(name, body)) reached.push(target.id)
      else this.#host.dropped('slow-member', { from: target.id, size: body.length })
    }
    return reached
  }

  survey(pool: Pool, body: Body, survey: OutgoingSurvey): void {
    const { name } = pool
    const start = (): void => {
      const targets = pool.targets.filter(({ id }) => !survey.except.has(id))
      new SurveyCall(name, survey).start(targets, body)
    }
    if (!this.#prospects.of(name)) start()
    else void this.#prospects.settled(name, survey.deadline, survey.signal).then(start, () => survey.end())
  }
}
