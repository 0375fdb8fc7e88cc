/** What a probe resolves to. Plain JSON. */
import type { ProtocolName } from './protocols.ts'
import type { Status, Verdict } from './verdicts.ts'

export const levels = ['accept', 'header', 'handshake', 'request', 'survey', 'fresh'] as const
export type Level = (typeof levels)[number]

/** One step of a probe. */
export interface Stage {
  readonly name: string
  readonly ms: number
  readonly ok: boolean
}

export interface ProbeResult {
  readonly url: string
  /** The level asked for. */
  readonly level: Level
  /** The level that was carried out: `accept` where `header` is not possible (`ws://`). */
  readonly done: Level
  readonly healthy: boolean
  readonly status: Status
  readonly verdict: Verdict
  /** One sentence. */
  readonly message: string
  /** What the endpoint speaks, where it was learnt. */
  readonly protocol: ProtocolName | null
  /** Wall time of the whole probe. */
  readonly ms: number
  readonly stages: readonly Stage[]
  /** Answers that counted, at the level survey. */
  readonly answers: number | null
  /** What was replied or published, at most 1024 characters. */
  readonly reply: string | null
  /** errno name, where the operating system gave one. */
  readonly code: string | null
}
