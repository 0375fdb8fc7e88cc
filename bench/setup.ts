/**
 * npm run bench:setup: installs what hubless is measured against. The C libraries and the brokers are Debian packages,
 * the JavaScript peers are packages of bench/peers. What cannot be installed is said, and skipped by the benchmark.
 */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { debianPackages, debianVersion } from './harness/machine.ts'
import { root } from './harness/root.ts'

const missing = [...debianPackages, 'build-essential'].filter((name) => debianVersion(name) === undefined)
if (missing.length > 0) {
  const asRoot = process.getuid?.() === 0 ? [] : ['sudo']
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  try {
    run([...asRoot, 'apt-get', 'update', '-qq'], env)
    run([...asRoot, 'apt-get', 'install', '-y', '-qq', '--no-install-recommends', ...missing], env)
  } catch (error) {
    console.error(`skipped: ${missing.join(' ')} (${error instanceof Error ? error.message : error})`)
  }
}
run(['npm', 'ci', '--prefix', join(root, 'bench/peers'), '--no-audit', '--no-fund'], process.env)

function run([command = '', ...args]: string[], env: NodeJS.ProcessEnv): void {
  execFileSync(command, args, { env, stdio: 'inherit' })
}
