/**
 * `npm run lint:package`: builds and packs the package as it is published, and has two linters look at what users get. Every
 * source that a map names is packed, so that editors find it.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'

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

/** Sources that maps of the unpacked package name and that are not in it. */
function missingSources(unpacked: string): string[] {
  const files = readdirSync(unpacked, { recursive: true, encoding: 'utf8' }).map((name) => join(unpacked, name))
  return files
    .filter((name) => name.endsWith('.map'))
    .flatMap((map) => {
      const { sources } = JSON.parse(readFileSync(map, 'utf8')) as { sources: string[] }
      return sources.map((source) => resolve(dirname(map), source)).filter((source) => !existsSync(source))
    })
}

try {
  run('npm', 'run', '-s', 'build')
  run('npm', 'pack', '--ignore-scripts', '--pack-destination', folder)
  const [tarball = 'no tarball'] = readdirSync(folder)
  run('tar', '-xzf', join(folder, tarball), '-C', folder)
  for (const source of missingSources(join(folder, 'package'))) {
    console.error(`a map names ${source}, which is not packed`)
    process.exitCode = 1
  }
  run('publint', '--strict')
  // ES modules only: CommonJS loads them by `require` on every Node that is supported.
  run('attw', join(folder, tarball), '--profile', 'esm-only')
} finally {
  rmSync(folder, { recursive: true })
}
