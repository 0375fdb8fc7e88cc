/** The answer to a question about a process, and who can be asked. */
import type { Aspect } from './aspects.ts'
import type { CheckResult } from './check.ts'
import type { HealthState } from './state.ts'

/** The answer to one question. Plain JSON. */
export interface HealthReport {
  /** What was asked. */
  readonly aspect: Aspect
  /** Whether the answer is yes. */
  readonly ok: boolean
  /** `starting`, `serving`, `draining` or `down`. */
  readonly state: HealthState
  /** Name of the service. */
  readonly name: string
  /** Its version, where one was given. */
  readonly version: string | null
  /** Since `health()`, seconds. */
  readonly uptime: number
  /** ms */
  readonly loopDelay: number
  /** What each check found. */
  readonly checks: readonly CheckResult[]
}

/** Who can be asked. */
export interface Answering {
  report(aspect: Aspect): Promise<HealthReport>
  /** Prometheus text. */
  metrics(): string
}
