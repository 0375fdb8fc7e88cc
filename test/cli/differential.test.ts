/**
 * The same command lines through Debian's nanocat and ours: stdout byte for byte, the exit code, and stderr. What is
 * different on purpose is in `intended`, with its reason.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Rep } from 'hubless'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findTool, freePort, requirePeer } from '../interop/peers/tools.ts'
import { type Outcome, ours, type Surroundings, theirs } from './command.ts'

const peer = requirePeer('nanocat', findTool('nanocat'), 'the package nanomsg-utils')
const folder = mkdtempSync(join(tmpdir(), 'hubless-cli-'))
const file = join(folder, 'body')
writeFileSync(file, 'from a file')

/** Differences we chose, and what remains to be compared. */
const intended = {
  'more help': {
    reason: 'our help goes on after nanocat’s with what we have beyond it',
    compare: (a: Outcome, b: Outcome) => {
      expect(b.stdout.subarray(0, a.stdout.length).toString()).toBe(a.stdout.toString())
      expect(b.code).toBe(a.code)
    }
  },
  suggestion: {
    reason: 'a misspelt name is answered with the nearest one, on a line after nanocat’s message',
    compare: (a: Outcome, b: Outcome) => {
      expect(b.stderr.replace(/Did you mean .*\n$/, '')).toBe(a.stderr)
      expect(b.stderr).toMatch(/Did you mean .*\n$/)
      expect(b.code).toBe(a.code)
    }
  },
  'more formats': {
    reason: 'the list of formats ends with json',
    compare: (a: Outcome, b: Outcome) => {
      expect(b.stderr.replace('    json\n', '').replace(/Did you mean .*\n$/, '')).toBe(a.stderr)
      expect(b.code).toBe(a.code)
    }
  },
  'more flags': {
    reason: 'the letter is free in nanocat and an option of nngcat’s or ours here',
    compare: (a: Outcome, b: Outcome) => {
      expect(a.code).toBe(1)
      expect(b.stderr).not.toBe(a.stderr)
    }
  },
  'sub-second timeout': {
    reason: 'nanocat cuts --recv-timeout to whole seconds (0.3 → 0); ours waits as long as told. Output and code agree',
    compare: equal
  },
  'unit of time': {
    reason: 'durations such as 250ms are accepted; nanocat refuses them',
    compare: (a: Outcome, b: Outcome) => expect([a.code, b.code]).toEqual([1, 0])
  },
  'two -L': {
    reason: 'nanocat crashes on the second of -L, -l, -X, -x',
    compare: (a: Outcome, b: Outcome) => {
      expect(a.code).not.toBe(0)
      expect(b.code).toBe(0)
    }
  },
  'directory as file': {
    reason: 'nanocat reads a directory for ever; ours says what it is, exit code 2 as for every unreadable file',
    compare: (a: Outcome, b: Outcome) => {
      expect(a.code).toBe(null)
      expect([b.code, b.stderr]).toEqual([2, `Error reading file \`\`${folder}'': Is a directory\n`])
    }
  },
  'empty input': {
    reason: 'nanocat aborts on a file without a byte; ours sends an empty message',
    compare: (a: Outcome, b: Outcome) => {
      expect(a.code).not.toBe(0)
      expect(b.code).toBe(0)
    }
  },
  verbose: {
    reason: '-v prints on stderr what nanocat keeps to itself; stdout agrees',
    compare: (a: Outcome, b: Outcome) => {
      expect(b.stdout).toEqual(a.stdout)
      expect(b.code).toBe(a.code)
      expect([a.stderr, b.stderr]).toEqual(['', expect.stringMatching(/^Listening at: /)])
    }
  },
  subcommand: {
    reason: 'device and health are subcommands; as any word they are an unexpected argument to nanocat',
    compare: (a: Outcome, b: Outcome) => expect([a.code, b.code, b.stderr]).toEqual([1, 0, ''])
  },
  interface: {
    reason: 'nanomsg binds to interface names and numbers only; hubless resolves host names, so the reason differs',
    compare: (a: Outcome, b: Outcome) => {
      expect([a.code, b.code]).toEqual([3, 3])
      for (const { stderr } of [a, b]) expect(stderr).toMatch(/^Can't bind: /)
    }
  },
  'IPC path': {
    reason: 'hubless calls a path the system cannot take EINVAL, nanomsg ENAMETOOLONG',
    compare: (a: Outcome, b: Outcome) => {
      expect([a.code, b.code]).toEqual([3, 3])
      for (const { stderr } of [a, b]) expect(stderr).toMatch(/^Can't bind: /)
    }
  }
} as const

/** stdout and code; stderr too, whose second line after a failed operation is ours. */
function equal(a: Outcome, b: Outcome): void {
  expect(b.stdout.toString('latin1')).toBe(a.stdout.toString('latin1'))
  expect(b.code).toBe(a.code)
  if (a.code === 3) expect(b.stderr.split('\n', 1)[0]).toBe(a.stderr.split('\n', 1)[0])
  else expect(b.stderr).toBe(a.stderr)
}

async function compare(words: readonly string[], how?: keyof typeof intended, around?: Surroundings): Promise<void> {
  const [a, b] = await Promise.all([theirs(peer.path, words, around), ours(words, around)])
  ;(how === undefined ? equal : intended[how].compare)(a, b)
}

type Case = readonly [line: string, intended?: keyof typeof intended]

/** Words are split at spaces; `''` is an empty word. */
const split = (line: string): string[] => (line === '' ? [] : line.split(' ').map((w) => (w === "''" ? '' : w)))

describe.skipIf(peer.skip)('nanocat and ours', () => {
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  const requirements: readonly Case[] = [
    [''],
    ['--push'],
    ['--pub --bind inproc://a'],
    ['--req --connect inproc://a'],
    ['--surveyor --bind inproc://a'],
    ['--pull'],
    ['-D x'],
    ['--bind inproc://a'],
    ['--bind-l -L'],
    ['--pair -D x'],
    ['--sub --interval 1 --bind inproc://a'],
    ['--pull -D x --bind inproc://a'],
    [`--pull -F ${file} --bind inproc://a`],
    ['--push -D x --recv-timeout=1 --bind inproc://a'],
    ['--pub -D x --ascii --bind inproc://a'],
    ['--pub -D x -A --bind inproc://a'],
    ['--push -D x --format hex --bind inproc://a'],
    ['--pull --subscribe x --bind inproc://a'],
    ['--sub --send-timeout 1 --bind inproc://a'],
    ['--send-timeout 1'],
    ['-i 1'],
    ['--subscribe x'],
    ['-'],
    ['--'],
    ['-- --push -- -D x']
  ]
  const conflicts: readonly Case[] = [
    ['--push --pull'],
    ['--pus --pul'],
    ['--push --push'],
    ['--req --rep -D x --bind inproc://a'],
    ['-D x -D y'],
    ['--push -D a -F b'],
    [`--push -F ${file} -D a`],
    ['--push --data=x --dat y'],
    ['--push --pull --nonsense'],
    ['--bus --pair --bind inproc://a'],
    ['-Dx --file=y']
  ]
  const names: readonly Case[] = [
    ['--pu'],
    ['--su'],
    ['--s'],
    ['--re'],
    ['--b'],
    ['--bind- x'],
    ['--connect- x'],
    ['--d x'],
    ['--f x'],
    ['--v --help', 'more help'],
    ['--he', 'more help'],
    ['--push -hq', 'more help'],
    ['--foo'],
    ['--='],
    ['---'],
    ['---push', 'suggestion'],
    ['--pushh', 'suggestion'],
    ['--Pull', 'suggestion'],
    ['--recv-timeouts=1', 'suggestion'],
    ['-z'],
    ['-qvz'],
    ['-v-'],
    ['-V', 'more flags'],
    ['-C 1', 'more flags'],
    ['-k', 'more flags']
  ]
  const values: readonly Case[] = [
    ['foo'],
    ['--push foo'],
    ['device --help', 'subcommand'],
    ['health --help', 'subcommand'],
    ['--help=3'],
    ['--push=1'],
    ['--ascii=yes'],
    ['--verb=1'],
    ['--push --bind'],
    ['-D'],
    ['-L'],
    ['-vL'],
    ['--socket-name'],
    ['--for=foo', 'more formats'],
    ['--format foo', 'more formats'],
    ["--format ''", 'more formats'],
    ['--format=HEX', 'more formats'],
    ['--inter=abc'],
    ['-iabc'],
    ["--interval ''"],
    ['--interval 1x'],
    ['--recv-timeout 1,5'],
    ['--delay=--5'],
    ['--send-timeout 1e'],
    ['--send-timeout 0x10 --pull --bind inproc://a'],
    ['--pull --bind inproc://a --recv-timeout 100ms', 'unit of time'],
    ['-F /nonexistent'],
    ['--file=/nonexistent/x --push --pull'],
    ['-F ']
  ]
  const operations: readonly Case[] = [
    ['--push --bind foo -D x'],
    ['--push --bind foo://a -D x'],
    ['--push --connect tcp:// -D x'],
    ['--push --connect tcp://127.0.0.1 -D x'],
    ['--push --connect tcp://127.0.0.1:0 -D x'],
    ['--push --connect tcp://127.0.0.1:99999 -D x'],
    ['--pull --bind tcp://127.0.0.1:x'],
    ['--pull --bind tcp://192.0.2.1:5555', 'interface'],
    ['--pull --bind tcp://nosuchif:5555', 'interface'],
    ['--pull --bind ipc:///nonexistent/dir/a'],
    [`--pull --bind ipc:///${'x'.repeat(200)}`, 'IPC path'],
    ['--pull --bind inproc://a --bind inproc://a'],
    ['--pull --bind tcp://127.0.0.1:PORT'],
    ['--pull -L PORT'],
    ['-LPORT --pull'],
    ['--push -D x --bind inproc://a --send-timeout 0.1'],
    ['--push -D x --bind inproc://a --send-timeout 0'],
    ['--pair -Dx --send-timeout=.05 --bind inproc://a'],
    ['--pull --bind inproc://a --recv-timeout 0'],
    ['--pull --bind inproc://a --recv-timeout 0.3', 'sub-second timeout'],
    ['--sub --subscri= --bind=inproc://a --recv-t 0'],
    ['--bus --bind inproc://a --recv-timeout 0'],
    ['--rep --bind inproc://a --recv-timeout 0'],
    ['--rep -D x --bind inproc://a --recv-timeout 0'],
    ['--respondent -Dx --bind inproc://a --recv-timeout 0 -A'],
    ['--req -Dx --bind inproc://a --recv-timeout 0 -A'],
    ['--surveyor -Dx --bind inproc://a --recv-timeout 0 -A'],
    ['--pub -D x --bind inproc://a'],
    ['--pub -Dx -vvv --silent -q -q -q -q --bind inproc://a'],
    ['--pub -D x -v --bind inproc://a', 'verbose'],
    ['--pub -Dx --socket-name me --bind inproc://a -d 0.05'],
    [`--pull -X ${folder}/a -X ${folder}/b --recv-timeout 0`, 'two -L']
  ]

  const listed = (cases: readonly Case[]) => cases.map(([line, how]) => ({ line, how }))
  type Listed = ReturnType<typeof listed>[number]
  const compareLine = ({ line, how }: Listed): Promise<void> => compare(split(line), how)
  it.each(listed(requirements))('CLI-01 CLI-08 CLI-09 requires: $line', compareLine)
  it.each(listed(conflicts))('CLI-01 CLI-08 refuses: $line', compareLine)
  it.each(listed(names))('CLI-04 CLI-05 CLI-06 reads: $line', compareLine)
  it.each(listed(values))('CLI-07 CLI-10 CLI-11 takes: $line', compareLine)

  describe('with operations', () => {
    let port = 0
    const holder = new Rep()
    beforeAll(async () => {
      port = Number((await holder.bind('tcp://127.0.0.1:0')).url.split(':').pop())
    })
    afterAll(() => holder.close())
    it.each(listed(operations))('CLI-13 CLI-18 CLI-23 ends: $line', async ({ line, how }) => {
      // One after the other: both may want the same address.
      const words = split(line.replace('PORT', String(port)))
      const a = await theirs(peer.path, words)
      const b = await ours(words)
      ;(how === undefined ? equal : intended[how].compare)(a, b)
    })
  })

  it('CLI-11 says what a directory is, which nanocat reads for ever', async () => {
    const words = ['--push', '-F', folder, '--bind', 'inproc://a']
    const a = { code: null, stdout: Buffer.alloc(0), stderr: '' }
    intended['directory as file'].compare(a, await ours(words))
  })

  it('CLI-01 takes the socket type from the name of the program', async () => {
    const programs = [
      'nn_push',
      '/x/nn_push',
      'nn_pull',
      'nn_sub',
      './nn_req',
      'nn_respondent',
      'my_nn_push',
      'nn_push/'
    ]
    for (const program of programs) {
      for (const words of [[], ['--pull'], ['-D', 'x'], ['--nonsense']]) await compare(words, undefined, { program })
    }
  })

  describe('formats', () => {
    const rep = new Rep()
    let url = ''
    const all = Buffer.from(Array.from({ length: 256 }, (_, i) => i))
    const bodies: Readonly<Record<string, Buffer>> = {
      text: Buffer.from('hello'),
      empty: Buffer.alloc(0),
      'every byte': all,
      escapes: Buffer.from('tab\t "quoted" back\\slash\r\nüñ\x7f\x1b[0m'),
      '255 bytes': Buffer.alloc(255, 'a'),
      '256 bytes': Buffer.alloc(256, 'b'),
      '65535 bytes': Buffer.alloc(65535, all),
      '65536 bytes': Buffer.alloc(65536, all)
    }
    const ways = [
      '--raw',
      '--ascii',
      '-A',
      '--quoted',
      '-Q',
      '--hex',
      '--msgpack',
      '--format no',
      '--format=quoted',
      '-A --format no -Q --hex',
      ''
    ]
    beforeAll(async () => {
      url = (await rep.bind('tcp://127.0.0.1:0')).url
      rep.serve(({ body }) => Buffer.from(bodies[body.toString()] ?? '?'))
    })
    afterAll(() => rep.close())

    it.each(ways)(
      'CLI-21 CLI-25 CLI-26 CLI-27 CLI-28 CLI-29 CLI-30 CLI-31 prints the same bytes with %s',
      async (way) => {
        for (const name of Object.keys(bodies)) await compare(['--req', '--connect', url, '-D', name, ...split(way)])
      }
    )

    it('CLI-24 sends a file and standard input alike', async () => {
      await compare(['--req', '--connect', url, '-A', '-F', '-'], undefined, { stdin: 'every byte' })
      await compare(['--req', '--connect', url, '-A', '--file', file])
      await compare(['--req', '--connect', url, '-A', '-F', '-'], 'empty input')
    })
  })

  it('intended differences each have a reason', () => {
    for (const { reason } of Object.values(intended)) expect(reason.length).toBeGreaterThan(20)
  })

  it('CLI-02 opens several of -L, -l, -X, -x, on which nanocat crashes', async () => {
    const ports = [await freePort(), await freePort()]
    const words = ['--pull', ...ports.flatMap((port) => ['-L', String(port)]), '--recv-timeout', '0']
    intended['two -L'].compare(await theirs(peer.path, words), await ours(words))
  })
})
