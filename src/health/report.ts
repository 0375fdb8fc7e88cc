/** The answer to a question about a process, and who can be asked. */
import type { Aspect } from './aspects.ts'
import type { CheckResult } from './check.ts'
import type { HealthState } from './state.ts'

/** The answer to one question. Plain JSON. */
export interface HealthReport {
  readonly aspect: Aspect
  readonly ok: boolean
  readonly state: HealthState
  readonly name: string
  readonly version: string | null
  /** Since `health()`, seconds. */
  readonly uptime: number
  /** ms */
  readonly loopDelay: number
  readonly checks: readonly CheckResult[]
}

/** Who can be asked. */
export interface Answering {
  report(aspect: Aspect): Promise<HealthReport>
  /** Prometheus text. */
  metrics(): string
}
