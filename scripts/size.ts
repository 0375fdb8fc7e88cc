/**
 * Bundles the browser entry as an application would, and fails when it needs anything of Node or has grown beyond its
 * ceiling. The goal is what it should take; `--report` prints the sizes and what is missing to it.
 */
import { gzipSync } from 'node:zlib'
import { build, type Plugin } from 'esbuild'

const entry = new URL('../src/browser.ts', import.meta.url).pathname

const budgets = [
  { name: 'Req and WebSocket', source: `export { Req } from 'hubless'`, goal: 11.5, ceiling: 13.6 },
  { name: 'everything', source: `export * from 'hubless'`, goal: 20, ceiling: 22.75 }
]

/** `package.json` names the built entry as the one with side effects; this is its source. */
const browserEntry: Plugin = {
  name: 'browser entry',
  setup: ({ onResolve }) => {
    onResolve({ filter: /^hubless$/ }, () => ({ path: entry, sideEffects: true }))
  }
}

const report = process.argv.includes('--report')

for (const { name, source, goal, ceiling } of budgets) {
  const { outputFiles } = await build({
    stdin: { contents: source, resolveDir: process.cwd() },
    plugins: [browserEntry],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    logLevel: 'error'
  })
  const size = gzipSync(outputFiles[0]?.contents ?? '', { level: 9 }).length
  if (report) console.log(`${name}: ${size} bytes gzip, ${size - goal * 1024} above the goal of ${goal} KB`)
  if (size <= ceiling * 1024) continue
  console.error(`${name} takes ${size} bytes gzip in a browser; the ceiling is ${ceiling} KB, the goal ${goal} KB`)
  process.exitCode = 1
}
