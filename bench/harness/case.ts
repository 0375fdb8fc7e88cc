/** What is measured: a case has subjects, and a subject gives figures, or fails with the reason why it has none. */
import type { Peer } from './peers.ts'

/** Figures by name of the metric. */
export type Figures = Readonly<Record<string, number>>

export interface Metric {
  readonly name: string
  readonly unit: string
  /** Which direction is good. */
  readonly better: 'more' | 'less'
  /** A detail: only its median is shown, and nothing is compared. */
  readonly detail?: true
}

export interface Subject {
  readonly peer: Pick<Peer, 'label'> & Partial<Peer>
  /** Measures once. */
  readonly measure: () => Promise<Figures>
}

export interface Case {
  /** `group/what/…`; results are kept in a file per group. */
  readonly name: string
  readonly metrics: readonly Metric[]
  readonly subjects: readonly Subject[]
  /** So many rounds are enough: it takes long, or nothing is promised about it. */
  readonly rounds?: number
}

/** How much to measure: 1, or less for a quick look. */
export interface Effort {
  readonly scale: number
}

/** Rounds of a case that no ratio of the design is about. */
export const fewRounds = 3

/** `count` scaled to the effort, and not below `least`. */
export function scaled(count: number, { scale }: Effort, least = 100): number {
  return Math.max(least, Math.round(count * scale))
}

export const messagesPerSecond: Metric = { name: 'rate', unit: 'messages/s', better: 'more' }
export const lost: Metric = { name: 'lost', unit: '%', better: 'less' }
export const requestsPerSecond: Metric = { name: 'rate', unit: 'requests/s', better: 'more' }
export const median: Metric = { name: 'p50', unit: 'µs', better: 'less' }
export const worst: Metric = { name: 'p99', unit: 'µs', better: 'less' }
