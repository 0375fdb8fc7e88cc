/**
 * `npm run coverage`: runs the tests and counts which branches of src/ they take. Fails below the thresholds of
 * vitest.config.ts, and writes the figures into docs/quality.md. Takes some ten minutes.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { type Covered, readFigures, today, writeFigures } from './quality/figures.ts'

/** These run built code, or measure time or memory, of which counting takes some. */
const elsewhere = ['test/{bench,browser,examples,package,runtimes,types}/**', '**/curve-crowd.test.ts']

const { status } = spawnSync(
  'npx',
  ['vitest', 'run', '--coverage', ...elsewhere.flatMap((files) => ['--exclude', files])],
  {
    stdio: 'inherit'
  }
)

const summary = JSON.parse(readFileSync('coverage/coverage-summary.json', 'utf8')) as Readonly<
  Record<string, { readonly branches: { readonly total: number; readonly covered: number } }>
>
const coverage: Record<string, Covered> = {}
for (const [file, { branches }] of Object.entries(summary)) {
  const [, layer] = /^src\/(\w+)\//.exec(relative('.', file).replaceAll('\\', '/')) ?? []
  if (layer === undefined) continue
  const before = coverage[layer] ?? { branches: 0, covered: 0 }
  coverage[layer] = { branches: before.branches + branches.total, covered: before.covered + branches.covered }
}
writeFigures({ ...readFigures(), coverageDate: today(), coverage })
spawnSync('npm', ['run', '-s', 'docs'], { stdio: 'inherit' })
process.exitCode = status ?? 1
