import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { TotalsReporter } from './test/helpers/reporter.ts'

const source = (path: string): string => fileURLToPath(new URL(`./src/${path}`, import.meta.url))

/** The layers that everything else stands on. */
const measured = ['core', 'protocols', 'transports']

export default defineConfig({
  resolve: {
    // Tests that stand for another package import hubless by its published names.
    alias: [
      { find: /^hubless$/, replacement: source('index.ts') },
      { find: /^hubless\/(browser|inproc|nats|raw|threads|zmtp)$/, replacement: source('$1.ts') },
      { find: /^hubless\/(cluster|codecs|discovery|health|testing)$/, replacement: source('$1/index.ts') }
    ]
  },
  test: {
    // `npm run mutation` runs those of one module again and again.
    include: process.env.MUTATION_TESTS?.split(' ') ?? ['test/**/*.test.ts'],
    setupFiles: ['test/helpers/setup.ts'],
    // Sockets, file descriptors and signals are per process, so each file gets a process of its own.
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 10_000,
    hookTimeout: 10_000,
    retry: 0,
    // What `npm run coverage` counts and wants; without --coverage it counts for nothing.
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      // What runs in pages alone is tested there.
      exclude: ['src/transports/ws-browser/**', 'src/transports/thread/page-*.ts', 'src/{browser,threads-browser}.ts'],
      reporter: ['json', 'json-summary'],
      reportOnFailure: true,
      thresholds: Object.fromEntries(measured.map((layer) => [`src/${layer}/**`, { branches: 95 }]))
    },
    reporters: ['default', new TotalsReporter()]
  }
})
