/**
 * `npm run test:consumers [WORD…]`: packs the package, installs it with the tools that people use it with, and tries each
 * way of loading, compiling, bundling and testing. It prints the table and writes it into `docs/runtimes.md`; anything
 * that fails and is not said to be unsupported fails the run. With words, only what begins with one of them.
 */
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { cases, tools } from './consumers/cases.ts'
import { table } from './docs/markdown.ts'
import { fill } from './runtimes/table.ts'
import { install, pack } from './workspace.ts'

const place = resolve('.consumers')
const folder = join(place, 'user')
const wanted = process.argv.slice(2)

/** As the table says it: the name and the version that ran. */
function named(tool: string): string {
  if (tool === 'Node') return `Node ${process.versions.node}`
  const { name, version } = JSON.parse(readFileSync(join(folder, 'node_modules', tool, 'package.json'), 'utf8'))
  return `${name} ${version}`
}

install(folder, [pack(place), ...tools])
cpSync('scripts/consumers/programs', folder, { recursive: true })
// Else tools find the configuration of this repository, which lies above.
writeFileSync(join(folder, 'tsconfig.json'), '{}\n')
writeFileSync(join(folder, 'vitest.config.mjs'), 'export default {}\n')

const rows: string[][] = []
for (const { tool, does, unsupported, run } of cases) {
  if (wanted.length > 0 && !wanted.some((word) => tool.startsWith(word))) continue
  if (unsupported !== undefined) {
    rows.push([named(tool), does, `no: ${unsupported}`])
    continue
  }
  try {
    run(folder)
    rows.push([named(tool), does, 'yes'])
  } catch (error) {
    const { stdout = '', stderr = '', message } = error as Error & { stdout?: string; stderr?: string }
    console.error(`── ${tool}: ${does}\n${`${stdout}${stderr}`.trim() || message}\n`)
    rows.push([named(tool), does, 'FAILS'])
    process.exitCode = 1
  }
}

const text = table(['Tool', 'What', 'Works'], rows)
console.log(text)
if (wanted.length === 0 && process.exitCode === undefined) fill('docs/runtimes.md', 'consumers', text)
