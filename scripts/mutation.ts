/**
 * `npm run mutation`: changes the sources of a module in every way that Stryker knows, one at a time, and sees whether a
 * test notices. `-- hello backtrace` takes these modules only. Writes the figures into docs/quality.md.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { type Mutated, readFigures, today, writeFigures } from './quality/figures.ts'
import { type Module, modules } from './quality/modules.ts'

const folder = 'coverage/mutation'

/** The part of Stryker's report that counts. */
interface Report {
  readonly files: Readonly<
    Record<
      string,
      {
        readonly mutants: readonly {
          readonly status: string
          readonly mutatorName: string
          readonly location: { readonly start: { readonly line: number; readonly column: number } }
        }[]
      }
    >
  >
}

const wanted = process.argv.slice(2)
mkdirSync(folder, { recursive: true })

for (const [name, module] of Object.entries(modules)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue
  const found = judge(run(module))
  const figures = readFigures()
  writeFigures({ ...figures, mutation: { ...figures.mutation, [name]: found } })
  console.log(`${name}: ${found.killed} of ${found.mutants} noticed`)
}
spawnSync('npm', ['run', '-s', 'docs'], { stdio: 'inherit' })

function run({ sources, tests }: Module): Report {
  const [config, report] = [`${folder}/stryker.json`, `${folder}/report.json`]
  const settings = {
    mutate: sources,
    testRunner: 'vitest',
    plugins: ['@stryker-mutator/vitest-runner'],
    vitest: { related: false },
    // It cannot read a configuration of this compiler, and none is needed.
    tsconfigFile: 'tsconfig.none.json',
    coverageAnalysis: 'perTest',
    concurrency: 2,
    ignorePatterns: ['bench', 'examples', 'dist', 'coverage', '.demo-*', '.runtimes', '.consumers'],
    tempDirName: `${folder}/sandbox`,
    reporters: ['json'],
    jsonReporter: { fileName: report }
  }
  writeFileSync(config, JSON.stringify(settings))
  const env = { ...process.env, MUTATION_TESTS: tests.join(' ') }
  const { status } = spawnSync('npx', ['stryker', 'run', config], { stdio: 'inherit', env })
  if (status !== 0) throw new Error(`stryker ended with ${status}`)
  return JSON.parse(readFileSync(report, 'utf8')) as Report
}

function judge({ files }: Report): Mutated {
  const survivors: Record<string, string> = {}
  let [mutants, killed] = [0, 0]
  for (const [file, { mutants: all }] of Object.entries(files)) {
    for (const { status, mutatorName, location } of all) {
      const missed = status === 'Survived' || status === 'NoCoverage'
      if (!missed && status !== 'Killed' && status !== 'Timeout') continue
      mutants++
      if (!missed) {
        killed++
        continue
      }
      const place = `${location.start.line}:${location.start.column} ${mutatorName}`
      survivors[file] = survivors[file] === undefined ? place : `${survivors[file]}, ${place}`
    }
  }
  return { date: today(), mutants, killed, survivors }
}
