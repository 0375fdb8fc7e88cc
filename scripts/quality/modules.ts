/** What `npm run mutation` changes, module by module, and the tests that ought to notice. */

export interface Module {
  readonly sources: readonly string[]
  /** Unit tests; those that read sources are left out, since they read what was changed. */
  readonly tests: readonly string[]
  /** Why a mutant that survives makes no difference, or is noticed by tests that are not among these. */
  readonly explained?: string
}

export const modules: Readonly<Record<string, Module>> = {
  radix: {
    sources: ['src/core/topics/*.ts'],
    tests: ['test/core/topics/*.test.ts']
  },
  framing: {
    sources: [
      'src/transports/sp/{framing,decoder}.ts',
      'src/transports/stream/{frame-decoder,partial-frame,chunk-queue}.ts'
    ],
    tests: ['test/transports/sp/{framing,decoder,decoder-pause}.test.ts', 'test/transports/stream/chunk-queue.test.ts']
  },
  hello: {
    sources: ['src/transports/sp/hello.ts'],
    tests: ['test/transports/sp/hello.test.ts']
  },
  backtrace: {
    sources: ['src/protocols/backtrace.ts'],
    tests: ['test/protocols/backtrace.test.ts']
  },
  'id table': {
    sources: ['src/protocols/id-table.ts'],
    tests: ['test/protocols/id-table.test.ts']
  },
  'state machines': {
    sources: ['src/core/{state-machine,backoff,once}.ts'],
    tests: ['test/core/{state-machine,backoff}.test.ts']
  },
  routing: {
    sources: ['src/core/routing/{inbox,lane,load-balancer,outlet,broadcast}.ts'],
    tests: ['test/core/routing/*.test.ts']
  }
}
