/** The shell examples of the documentation, run in bash with the program as it is published. */
import { execFile } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findTool, freePort } from '../interop/peers/tools.ts'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'hubless-sh-'))
const bash = findTool('bash')

interface Example {
  readonly name: string
  readonly script: string
  /** The lines after arrows. */
  readonly prints: readonly string[]
}

/** Blocks that say what they print. */
function examplesOf(page: string): Example[] {
  const text = readFileSync(join(root, page), 'utf8')
  return [...text.matchAll(/^```sh\n(.*?)^```$/gms)]
    .map(({ 1: script = '', index }) => ({
      name: `${page}:${text.slice(0, index).split('\n').length + 1}`,
      script,
      prints: [...script.matchAll(/^# → (.*)$/gm)].map(([, line = '']) => line)
    }))
    .filter(({ prints }) => prints.length > 0)
}

const examples = ['docs/nanocat.md', 'docs/health.md'].flatMap(examplesOf)

describe.skipIf(bash === undefined)('examples', () => {
  beforeAll(async () => {
    const bundle = [join(root, 'scripts/bundle.ts'), join(folder, 'dist')]
    await run(join(root, 'node_modules/.bin/tsx'), bundle, { cwd: root })
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
    symlinkSync(join(root, 'package.json'), join(folder, 'package.json'))
    chmodSync(join(folder, 'dist/node/cli/main.cjs'), 0o755)
    symlinkSync(join(folder, 'dist/node/cli/main.cjs'), join(folder, 'nanocat'))
  }, 60_000)
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('there are at least ten of nanocat', () => {
    expect(examples.filter(({ name }) => name.startsWith('docs/nanocat.md')).length).toBeGreaterThanOrEqual(10)
  })

  it.concurrent.each(examples)(
    '$name prints what it says',
    async ({ script, prints }) => {
      const where = mkdtempSync(join(folder, 'run-'))
      const port = await freePort()
      // What is in the background ends with the example; its own address instead of a well-known port.
      const ownPort = (shown: string): string => shown.replaceAll(/:(5555|8080|8081)\b/g, `:${port}`)
      // On a busy machine a process may take seconds to start.
      const patient = ownPort(script).replaceAll('timeout 2 ', 'timeout 20 ')
      const listening = patient.replaceAll(/port: (8081)\b/g, `port: ${port}`)
      const text = `trap 'kill $(jobs -p) 2> /dev/null' EXIT\n${listening}\ntrue`
      const env = { ...process.env, PATH: `${folder}:${process.env.PATH}`, PORT: `${port}`, HUBLESS: folder }
      const { stdout } = await run(bash ?? '', ['-c', text], { cwd: where, env, timeout: 55_000 })
      expect(stdout.trimEnd().split('\n')).toEqual(prints.map(ownPort))
    },
    60_000
  )
})
