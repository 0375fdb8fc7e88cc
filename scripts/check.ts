/**
 * `npm run check`: every static check in one command. Silent when all is well; otherwise prints the output of each
 * check that failed, under its name, and exits 1. A warning is a failure.
 */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'

interface Check {
  name: string
  command: string
  /** The check applies only once this file exists. */
  needs?: string
}

const checks: Check[] = [
  { name: 'format and lint', command: 'biome check --error-on-warnings --max-diagnostics=none' },
  { name: 'types: node', command: 'tsc -p tsconfig.json' },
  { name: 'types: tests', command: 'tsc -p tsconfig.test.json' },
  { name: 'types: browser', command: 'tsc -p tsconfig.browser.json' },
  { name: 'types: browser tests', command: 'tsc -p tsconfig.test-browser.json' },
  { name: 'import circles', command: 'tsx scripts/cycles.ts' },
  { name: 'unused code', command: 'knip --no-config-hints' },
  { name: 'version', command: 'tsx scripts/version.ts --check' },
  { name: 'docs', command: 'tsx scripts/docs.ts --check' },
  { name: 'what is public', command: 'tsx scripts/api.ts --check' },
  { name: 'site', command: 'tsx scripts/site.ts --check' },
  { name: 'package', command: 'tsx scripts/lint-package.ts' },
  { name: 'size in browsers', command: 'tsx scripts/size.ts' }
]

/** Resolves to what the command printed when it failed, and to undefined when it passed. */
function run({ command }: Check): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, { shell: true, stdio: ['ignore', 'pipe', 'pipe'] })
    const output: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => output.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => output.push(chunk))
    child.on('error', reject)
    child.on('close', (code) => resolve(code === 0 ? undefined : `${Buffer.concat(output)}`))
  })
}

const applicable = checks.filter(({ needs }) => needs === undefined || existsSync(needs))
const outputs = await Promise.all(applicable.map(run))

for (const [index, check] of applicable.entries()) {
  const output = outputs[index]
  if (output === undefined) continue
  console.error(`── ${check.name}: ${check.command}\n${output}`)
  process.exitCode = 1
}
