/**
 * A folder that uses the package as its users do: the packed tarball and what a test needs beside it are installed into
 * an ignored folder of their own, by npm and without install scripts, and kept for the next run.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'

function runNpm(cwd: string, ...args: string[]): string {
  return execFileSync(npm, args, { cwd, encoding: 'utf8', shell: process.platform === 'win32' })
}

/** Builds and packs; returns the path of the tarball. */
export function pack(folder: string): string {
  mkdirSync(folder, { recursive: true })
  const name = runNpm('.', 'pack', '--silent', '--pack-destination', folder).trim().split('\n').at(-1) ?? ''
  return resolve(folder, name)
}

/** Installs packages, such as `vite@8` or the path of a tarball, unless the same are installed already. */
export function install(folder: string, packages: readonly string[]): void {
  mkdirSync(folder, { recursive: true })
  const note = join(folder, 'installed.json')
  const wanted = JSON.stringify(packages)
  const tarballs = packages.filter((name) => name.endsWith('.tgz'))
  const others = packages.filter((name) => !name.endsWith('.tgz'))
  const common = ['install', '--silent', '--no-audit', '--no-fund', '--ignore-scripts']
  if (!existsSync(note) || readFileSync(note, 'utf8') !== wanted) {
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'package.json'), '{ "private": true }\n')
    runNpm(folder, ...common, ...others, ...tarballs)
    writeFileSync(note, wanted)
  } else if (tarballs.length > 0) {
    // A tarball of the same version may have other contents.
    rmSync(join(folder, 'node_modules/hubless'), { recursive: true, force: true })
    mkdirSync(join(folder, 'node_modules/hubless'))
    for (const tarball of tarballs) {
      execFileSync('tar', ['-xzf', tarball, '-C', join(folder, 'node_modules/hubless'), '--strip-components=1'])
    }
  }
}
