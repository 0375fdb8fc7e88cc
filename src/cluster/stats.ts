/** Counters of a cluster: what became of calls, and what was dropped, by reason. */
import type { Tally } from './engine/engine.ts'
import type { ClusterDropReason } from './reasons.ts'

export class Counters {
  readonly calls: Tally = {
    requests: 0,
    answered: 0,
    failed: {},
    retried: 0,
    broadcasts: 0,
    surveys: 0,
    published: 0,
    received: 0,
    tunnels: 0
  }
  readonly #drops: { [R in ClusterDropReason]?: number } = {}

  dropped(reason: ClusterDropReason): void {
    this.#drops[reason] = (this.#drops[reason] ?? 0) + 1
  }

  /** As they are now. */
  snapshot(): { readonly calls: Tally; readonly drops: { readonly [R in ClusterDropReason]?: number } } {
    return { calls: { ...this.calls, failed: { ...this.calls.failed } }, drops: { ...this.#drops } }
  }
}

export function countFailure(counts: Tally, code: string): void {
  counts.failed[code] = (counts.failed[code] ?? 0) + 1
}
