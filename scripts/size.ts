/**
 * Bundles the browser entry as an application would, and fails when it needs anything of Node or is larger than its
 * budget. `--report` prints the sizes.
 */
import { gzipSync } from 'node:zlib'
import { build, type Plugin } from 'esbuild'

const entry = new URL('../src/browser.ts', import.meta.url).pathname

const budgets = [
  { name: 'Req and WebSocket', source: `export { Req } from 'hubless'`, kilobytes: 12 },
  { name: 'everything', source: `export * from 'hubless'`, kilobytes: 20 }
]

/** `package.json` names the built entry as the one with side effects; this is its source. */
const browserEntry: Plugin = {
  name: 'browser entry',
  setup: ({ onResolve }) => {
    onResolve({ filter: /^hubless$/ }, () => ({ path: entry, sideEffects: true }))
  }
}

const report = process.argv.includes('--report')

for (const { name, source, kilobytes } of budgets) {
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
  if (report) console.log(`${name}: ${size} bytes gzip, ${outputFiles[0]?.contents.length ?? 0} minified`)
  if (size <= kilobytes * 1024) continue
  console.error(`${name} takes ${size} bytes gzip in a browser; the budget is ${kilobytes} KB`)
  process.exitCode = 1
}
