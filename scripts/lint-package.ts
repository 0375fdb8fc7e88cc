/** `npm run lint:package`: builds and packs the package as it is published, and has two linters look at what users get. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const folder = mkdtempSync(join(tmpdir(), 'hubless-package-'))

function run(command: string, ...parameters: string[]): void {
  try {
    execFileSync(command, parameters, { stdio: 'pipe', encoding: 'utf8' })
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string }
    console.error(`${command} ${parameters.join(' ')}\n${stdout ?? ''}${stderr ?? String(error)}`)
    process.exitCode = 1
  }
}

try {
  run('npm', 'run', '-s', 'build')
  run('npm', 'pack', '--ignore-scripts', '--pack-destination', folder)
  const [tarball = 'no tarball'] = readdirSync(folder)
  run('publint', '--strict')
  // ES modules only: CommonJS loads them by `require` on every Node that is supported.
  run('attw', join(folder, tarball), '--profile', 'esm-only')
} finally {
  rmSync(folder, { recursive: true })
}
