/**
 * What a cluster looks like at one moment: its members with what each says it has done, rates from the moment before,
 * and who came and went. The table, the JSON and the map show this.
 */
export interface MemberSnapshot {
  readonly id: string
  readonly name: string
  readonly zone: string
  readonly urls: readonly string[]
  readonly metadata: Readonly<Record<string, string>>
  /** ISO 8601 */
  readonly since: string
  /** Calls that its handlers have in hand or in line; null: it did not say. */
  readonly outstanding: number | null
  /** Calls handled; null: it did not say. */
  readonly handled: number | null
  /** Calls handled a second since the snapshot before; null: not known yet. */
  readonly rate: number | null
  /** Mean time in the handler over the last calls, ms. */
  readonly latency: number | null
  /** Calls whose handler threw. */
  readonly failed: number | null
  /** Calls refused and expired, and what the instance dropped. */
  readonly dropped: number | null
  /** Whether it answered this time; one that is frozen does not. */
  readonly answers: boolean
}

export interface Happening {
  /** ISO 8601 */
  readonly time: string
  readonly what: 'came' | 'went'
  readonly id: string
  readonly name: string
  readonly zone: string
  /** With `went`: `left`, `lost`. */
  readonly reason: string
}

export interface Snapshot {
  readonly time: string
  readonly network: string
  readonly members: readonly MemberSnapshot[]
  /** The newest last; bounded. */
  readonly happenings: readonly Happening[]
}
