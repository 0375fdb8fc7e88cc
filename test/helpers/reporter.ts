/**
 * Ends a run with one plain line for scripts and people: `N passed, N failed, N skipped`.
 * What failed outside a test counts as a failure too: a file that cannot be loaded, an unhandled rejection.
 */
import type { Reporter, SerializedError, TestModule } from 'vitest/node'

export class TotalsReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    const count = { passed: 0, failed: unhandled.length, skipped: 0, pending: 0 }
    for (const module of modules) {
      count.failed += module.errors().length
      for (const test of module.children.allTests()) count[test.result().state]++
    }
    console.log(`${count.passed} passed, ${count.failed} failed, ${count.skipped + count.pending} skipped`)
  }
}
