/** The reserved service of `statistics.ts` at work: offered beside the first of the application, and asked of every member. */
import type { Body, BodyInput } from 'hubless'
import { bytesOf } from './bytes.ts'
import type { Engine, EngineHost, Registration } from './engine/engine.ts'
import { resolveServeOptions } from './options.ts'
import { ServiceDesk } from './service.ts'
import { type MemberStats, memberStats, readMemberStats, statisticsName } from './statistics.ts'
import { SurveyRun } from './survey.ts'
import type { TunnelSettings } from './tunnel/tunnel.ts'
import type { ClusterStats } from './types.ts'

export class StatisticsService {
  readonly #bytes = bytesOf<BodyInput, Body>(undefined)
  readonly #host: EngineHost
  readonly #engines: readonly Engine[]
  readonly #settings: TunnelSettings
  #offered: Promise<readonly Registration[]> | undefined

  constructor(host: EngineHost, engines: readonly Engine[], settings: TunnelSettings) {
    this.#host = host
    this.#engines = engines
    this.#settings = settings
  }

  /** Offers it, once; resolves when members know of it. */
  offer(stats: () => ClusterStats): Promise<unknown> {
    if (this.#offered !== undefined) return this.#offered
    const survey = (): string => JSON.stringify(memberStats(stats()))
    const limits = resolveServeOptions({})
    const desk = new ServiceDesk(statisticsName, { survey }, limits, this.#bytes, this.#host, this.#settings)
    this.#offered = Promise.all(this.#engines.map((engine) => engine.offer(desk))).catch((error: unknown) => {
      this.#offered = undefined
      throw error
    })
    return this.#offered
  }

  /** Resolves with what came within `deadline` ms. */
  async ask(deadline: number): Promise<readonly MemberStats[]> {
    const endings = { deadline, count: Infinity, quiet: Infinity, signal: undefined }
    const run = new SurveyRun<Body>(endings, this.#bytes, this.#host)
    run.begin(this.#engines, statisticsName, Buffer.alloc(0) as Body)
    const found = new Map<string, MemberStats>()
    for await (const { body, from } of run) {
      const stats = readMemberStats(body)
      if (stats?.id === from) found.set(from, stats)
      else this.#host.dropped('malformed', { from, size: body.length })
    }
    return [...found.values()]
  }

  async withdraw(): Promise<void> {
    const offered = await this.#offered?.catch(() => [])
    await Promise.all((offered ?? []).map((registration) => registration.withdraw()))
  }
}
