/** What is measured: a case has subjects, and a subject gives figures, or the reason why it has none. */

/** Figures by name of the metric. */
export type Figures = Readonly<Record<string, number>>

export interface Metric {
  readonly name: string
  readonly unit: string
  /** Which direction is good. */
  readonly better: 'more' | 'less'
}

export interface Subject {
  readonly name: string
  /** Measures once. Throws what went wrong. */
  readonly measure: () => Promise<Figures>
  /** Why it is not measured. */
  readonly skip?: string | undefined
}

export interface Case {
  /** `group/what/…`; results are kept in a file per group. */
  readonly name: string
  readonly metrics: readonly Metric[]
  readonly subjects: readonly Subject[]
  /** Once is enough: slow, and not compared with another. */
  readonly once?: boolean
}

/** How much to measure: 1, or less for a quick look. */
export interface Effort {
  readonly scale: number
}

/** `count` scaled to the effort, and not below `least`. */
export function scaled(count: number, { scale }: Effort, least = 100): number {
  return Math.max(least, Math.round(count * scale))
}

export const messagesPerSecond: Metric = { name: 'rate', unit: 'messages/s', better: 'more' }
export const lost: Metric = { name: 'lost', unit: '%', better: 'less' }
