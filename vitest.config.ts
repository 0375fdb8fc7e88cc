import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { TotalsReporter } from './test/helpers/reporter.ts'

const source = (path: string): string => fileURLToPath(new URL(`./src/${path}`, import.meta.url))

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
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/helpers/setup.ts'],
    // Sockets, file descriptors and signals are per process, so each file gets a process of its own.
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 10_000,
    hookTimeout: 10_000,
    retry: 0,
    reporters: ['default', new TotalsReporter()]
  }
})
