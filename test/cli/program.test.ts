/**
 * The program as it is published: packed, unpacked into an empty project, started by its name. What needs a real process
 * is tested here: signals, a closed pipe, the start-up time.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Pull, Req } from 'hubless'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { version } from '../../src/version.ts'
import { eventually } from '../helpers/sockets.ts'
import { findTool } from '../interop/peers/tools.ts'
import { alive, theirs } from './command.ts'

// On a busy machine a process may take seconds to start.
vi.setConfig({ testTimeout: 40_000 })
const run = promisify(execFile)
const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'hubless-package-'))
const project = join(folder, 'project')
const bin = join(project, 'node_modules', '.bin', 'nanocat')

const bash = findTool('bash')

interface Manifest {
  bin: Record<string, string>
  dependencies: Record<string, string>
}

/** As `npm install` of the tarball does it, without a network: unpacked, with the dependencies that are here. */
beforeAll(async () => {
  const staging = join(folder, 'staging')
  mkdirSync(staging)
  const tsc = join(root, 'node_modules', '.bin', 'tsc')
  const emit = ['--declaration', 'false', '--declarationMap', 'false', '--declarationDir', 'null']
  await run(tsc, ['-p', join(root, 'tsconfig.build.json'), '--outDir', join(staging, 'dist'), ...emit])
  await run(join(root, 'node_modules', '.bin', 'tsx'), ['scripts/bundle.ts', join(staging, 'dist')], { cwd: root })
  writeFileSync(join(staging, 'package.json'), readFileSync(join(root, 'package.json')))
  const { stdout } = await run('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder], {
    cwd: staging
  })
  const modules = join(project, 'node_modules')
  const installed = join(modules, 'hubless')
  mkdirSync(installed, { recursive: true })
  mkdirSync(join(modules, '.bin'))
  await run('tar', ['-xzf', join(folder, stdout.trim()), '-C', installed, '--strip-components=1'])
  const manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as Manifest
  for (const name of Object.keys(manifest.dependencies)) {
    symlinkSync(join(root, 'node_modules', name), join(modules, name))
  }
  for (const [name, path] of Object.entries(manifest.bin)) {
    const target = join(installed, path)
    chmodSync(target, 0o755)
    for (const link of [name, 'nn_push']) symlinkSync(target, join(modules, '.bin', link))
  }
  writeFileSync(join(project, 'package.json'), '{"name":"empty","private":true}')
}, 60_000)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Collects what a child prints; resolves when it has ended. */
async function ended(child: ChildProcess): Promise<{ code: number | null; signal: string | null; stderr: string }> {
  let stderr = ''
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null]
  return { code, signal, stderr }
}

describe('the packed program', () => {
  it('CLI-10 runs by npx in an empty project, and prints its version and help', async () => {
    const { stdout } = await run('npx', ['--no-install', 'nanocat', '--version'], { cwd: project })
    expect(stdout).toBe(`nanocat (hubless) ${version}\n`)
    const help = await theirs(bin, ['--help'])
    expect([help.code, help.stderr, help.stdout.toString()]).toEqual([
      0,
      '',
      expect.stringMatching(/^Usage:\n {4}nanocat \{/)
    ])
  })

  it('CLI-01 is a socket type by the name it was started with', async () => {
    const link = join(project, 'node_modules', '.bin', 'nn_push')
    const { code, stderr } = await theirs(link, ['-D', 'x', '--pull'])
    expect([code, stderr]).toEqual([
      1,
      'nn_push: Option --pull conflicts with the following options:\n    nn_push (executable) \n'
    ])
  })

  it('CLI-24 sends its standard input and drains before it ends', async () => {
    await using pull = new Pull({ recvMaxSize: 10_000_000 })
    const { url } = await pull.bind('tcp://127.0.0.1:0')
    const body = Buffer.alloc(3_000_000, 'z')
    const running = theirs(bin, ['--push', '--connect', url, '-F', '-'], { stdin: body })
    expect((await pull.recv({ timeout: 30_000 })).equals(body)).toBe(true)
    expect(await running).toMatchObject({ code: 0, stderr: '' })
  })

  it('CLI-37 ends with 130 on SIGINT and 143 on SIGTERM, by itself', async () => {
    for (const [signal, code] of [
      ['SIGINT', 130],
      ['SIGTERM', 143]
    ] as const) {
      const child = spawn(bin, ['--pull', '--bind', 'tcp://127.0.0.1:0', '-v'])
      const end = ended(child)
      await once(child.stderr, 'data')
      child.kill(signal)
      expect(await end).toMatchObject({ code, signal: null })
    }
  })

  it('CLI-37 ends quietly when its reader does, as in a pipe into head', async () => {
    const url = `ipc://${join(folder, 'head')}`
    const pull = spawn(bin, ['--pull', '--bind', url, '-A', '-q'])
    const pullEnd = ended(pull)
    const push = spawn(bin, ['--push', '--connect', url, '-D', 'x', '-i', '0.01'])
    const pushEnd = ended(push)
    await once(pull.stdout, 'data')
    pull.stdout.destroy()
    expect(await pullEnd).toEqual({ code: 0, signal: null, stderr: '' })
    push.kill('SIGINT')
    expect((await pushEnd).code).toBe(130)
  })

  it.skipIf(!existsSync('/dev/full'))('CLI-41 does not take a full disk for a reader that is gone', async () => {
    const disk = openSync('/dev/full', 'w')
    for (const words of [['--help'], ['health', 'tcp://127.0.0.1:1'], ['device', '--help'], ['--completion', 'bash']]) {
      expect(await ended(spawn(bin, words, { stdio: ['ignore', disk, 'pipe'] }))).toEqual({
        code: 3,
        signal: null,
        stderr: 'nanocat: Error writing standard output: No space left on device\n'
      })
    }
    const listening = spawn(bin, ['--pull', '--bind', 'inproc://a', '-v', '--recv-timeout', '0'], {
      stdio: ['ignore', 'pipe', disk]
    })
    expect((await ended(listening)).code).toBe(3)
    closeSync(disk)
  })

  it.skipIf(bash === undefined)('CLI-42 leaves no command behind when a second signal ends it at once', async () => {
    const url = `ipc://${join(folder, 'stubborn')}`
    const stubborn = "trap '' TERM; echo $$ >&2; while :; do sleep 0.2; done"
    const rep = spawn(bin, ['--rep', '--bind', url, '--exec', stubborn])
    const end = ended(rep)
    await using req = new Req()
    req.connect(url)
    req.request('x', { retry: false }).catch(() => {})
    const [said] = (await once(rep.stderr, 'data')) as [Buffer]
    rep.kill('SIGINT')
    // The first has been taken when the listening ends, so the second is another.
    await eventually(() => !existsSync(join(folder, 'stubborn')))
    rep.kill('SIGINT')
    expect((await end).code).toBe(130)
    await eventually(() => alive([Number(said)]).length === 0)
  })

  it('says how to install msgpackr where it is missing', async () => {
    expect(await theirs(bin, ['--pull', '--bind', 'inproc://a', '--decode', 'msgpack'])).toMatchObject({
      code: 1,
      stderr: 'nanocat: --decode msgpack needs the package msgpackr; install it: npm install msgpackr\n'
    })
  })

  it('never shows a stack trace', async () => {
    const lines = [
      ['--push', '-D', 'x', '--bind', 'nonsense'],
      ['--push', '-F', folder, '--bind', 'inproc://a'],
      ['--pull', '--bind', 'tcp://127.0.0.1:99999'],
      ['--pull', '--format', 'xml', '--bind', 'inproc://a'],
      ['--pull', '--pull'],
      ['device', '--pattern', 'reqrep'],
      ['health'],
      ['health', 'tcp://127.0.0.1:1']
    ]
    const outcomes = await Promise.all(lines.map((line) => theirs(bin, line)))
    for (const { code, stdout, stderr } of outcomes) {
      expect(code).toBeGreaterThan(0)
      expect(`${stdout}${stderr}`).not.toMatch(/\n\s+at |node:internal|triggerUncaught/)
    }
  })

  it.skipIf(bash === undefined)('starts within 1.6 times what a bare Node takes', async () => {
    // Processor time, alternating, and the least of several: other tests run at the same time.
    const times = { node: [] as number[], nanocat: [] as number[] }
    for (let round = 0; round < 7; round++) {
      times.node.push(await processorTime(bash, '-e 0'))
      times.nanocat.push(await processorTime(bash, `${bin} --help`))
    }
    expect(Math.min(...times.nanocat) / Math.min(...times.node)).toBeLessThan(1.6)
  })
})

/** Seconds that Node spent, user and system. */
async function processorTime(bash: string | undefined, words: string): Promise<number> {
  const script = `TIMEFORMAT='%3U %3S'; time ${process.execPath} ${words} > /dev/null`
  const { stderr } = await run(bash ?? 'bash', ['-c', script], { env: { ...process.env, LC_ALL: 'C' } })
  return stderr
    .trim()
    .split(' ')
    .map(Number)
    .reduce((sum, seconds) => sum + seconds, 0)
}
