/** What a probe resolves to. Plain JSON. */
import type { ProtocolName } from './protocols.ts'
import type { Status, Verdict } from './verdicts.ts'

export const levels = ['accept', 'header', 'handshake', 'request', 'survey', 'fresh'] as const
/** How far a probe goes; docs/health.md says what each does and where it is safe. */
export type Level = (typeof levels)[number]

/** One step of a probe. */
export interface Stage {
  /** What was done. */
  readonly name: string
  /** How long it took, ms. */
  readonly ms: number
  /** Whether it succeeded. */
  readonly ok: boolean
}

/** What a probe found, as plain JSON. */
export interface ProbeResult {
  /** The address that was probed. */
  readonly url: string
  /** The level asked for. */
  readonly level: Level
  /** The level that was carried out: `accept` where `header` is not possible (`ws://`). */
  readonly done: Level
  /** Whether the endpoint is as it should be, in time or not. */
  readonly healthy: boolean
  /** The verdict as a severity. */
  readonly status: Status
  /** What was found; `verdicts` says what each means. */
  readonly verdict: Verdict
  /** One sentence. */
  readonly message: string
  /** What the endpoint speaks, where it was learnt. */
  readonly protocol: ProtocolName | null
  /** Wall time of the whole probe. */
  readonly ms: number
  /** Its steps, in order. */
  readonly stages: readonly Stage[]
  /** Answers that counted, at the level survey. */
  readonly answers: number | null
  /** What was replied or published, at most 1024 characters. */
  readonly reply: string | null
  /** errno name, where the operating system gave one. */
  readonly code: string | null
}
