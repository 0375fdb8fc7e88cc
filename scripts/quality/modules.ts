/** What `npm run mutation` changes, module by module, and the tests that ought to notice. */

export interface Module {
  readonly sources: readonly string[]
  /** Unit tests; those that read sources are left out, since they read what was changed. */
  readonly tests: readonly string[]
  /** Why a mutant that survives makes no difference, or is noticed by tests that are not among these. */
  readonly explained?: string
}

/** Without those of many topics, which take seconds. */
const radixTests = ['radix-tree', 'node-layout', 'node-pool'].map((name) => `test/core/topics/${name}.test.ts`)

export const modules: Readonly<Record<string, Module>> = {
  'radix tree': {
    sources: ['src/core/topics/radix-tree.ts'],
    tests: radixTests,
    explained: 'counters made before they are needed, and short cuts of a comparison'
  },
  'radix layout': {
    sources: ['src/core/topics/node-layout.ts'],
    tests: radixTests,
    explained: 'words read in front of the first key, or written twice, that make no difference'
  },
  'radix edits': {
    sources: ['src/core/topics/node-edits.ts'],
    tests: radixTests,
    explained: 'short cuts where a block may stay as it is'
  },
  'radix pool': {
    sources: ['src/core/topics/node-pool.ts'],
    tests: radixTests,
    explained: 'a word more is copied or looked at, which is zero or written afterwards'
  },
  framing: {
    sources: ['src/transports/sp/{framing,decoder}.ts', 'src/transports/stream/{partial-frame,chunk-queue}.ts'],
    tests: [
      'test/transports/sp/framing.test.ts',
      'test/transports/sp/decoder.test.ts',
      'test/transports/sp/decoder-pause.test.ts',
      'test/transports/stream/chunk-queue.test.ts',
      'test/transports/stream/partial-frame.test.ts'
    ],
    explained: 'short cuts for sizes below 4 GiB and the sign of a size that is never 0'
  },
  'frame decoder': {
    sources: ['src/transports/stream/frame-decoder.ts'],
    tests: ['test/transports/sp/decoder.test.ts', 'test/transports/sp/decoder-pause.test.ts'],
    explained: 'short cuts that save a call or a copy, and memory that an idle connection gives back'
  },
  hello: {
    sources: ['src/transports/sp/hello.ts'],
    tests: ['test/transports/sp/hello.test.ts']
  },
  backtrace: {
    sources: ['src/protocols/backtrace.ts'],
    tests: ['test/protocols/backtrace.test.ts'],
    explained: 'a word written behind the end of a buffer goes nowhere'
  },
  'id table': {
    sources: ['src/protocols/id-table.ts'],
    tests: ['test/protocols/id-table.test.ts'],
    explained: 'places that are as many as they ought to be may be set to as many again'
  },
  'state machines': {
    sources: ['src/core/{state-machine,backoff}.ts'],
    tests: ['test/core/state-machine.test.ts', 'test/core/backoff.test.ts']
  },
  'fair queue': {
    sources: ['src/core/routing/{inbox,lane,filled-lanes}.ts'],
    tests: [
      'test/core/routing/inbox.test.ts',
      'test/core/routing/inbox-counts.test.ts',
      'test/core/routing/lane.test.ts'
    ],
    explained: 'short cuts: what they save is looking at each body, or an empty copy'
  },
  routing: {
    sources: ['src/core/routing/{load-balancer,outlet,broadcast}.ts'],
    tests: [
      'test/core/routing/load-balancer-turns.test.ts',
      'test/core/routing/outlet.test.ts',
      'test/core/routing/broadcast-calls.test.ts'
    ],
    explained: 'the name of a table, and checks that types ask for'
  }
}
