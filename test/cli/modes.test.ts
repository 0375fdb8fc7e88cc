/** What each socket type does, in process. The other side is a socket of the test. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Bus, Pair, Pub, Pull, Push, Rep, Req, Respondent, Sub, Surveyor } from 'hubless'
import { Packr } from 'msgpackr'
import { afterAll, describe, expect, it } from 'vitest'
import { freePort } from '../interop/peers/tools.ts'
import { ours, Running, typed } from './command.ts'

const folder = mkdtempSync(join(tmpdir(), 'hubless-modes-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let names = 0
const address = (): string => `inproc://modes-${++names}`
const url = async (socket: { bind(url: string): Promise<{ url: string }> }): Promise<string> =>
  (await socket.bind('tcp://127.0.0.1:0')).url

describe('push and pub', () => {
  it('CLI-17 push sends once, drains and ends, even a large message to a slow reader', async () => {
    await using pull = new Pull({ recvMaxSize: 10_000_000 })
    const file = join(folder, 'large')
    writeFileSync(file, Buffer.alloc(5_000_000, 7))
    const running = ours(['--push', '--connect', await url(pull), '-F', file])
    await pull.waitForPeers(1)
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect((await pull.recv()).length).toBe(5_000_000)
    expect(await running).toMatchObject({ code: 0, stderr: '' })
  })

  it('CLI-17 pub that connects waits for the connection, so that its one message arrives', async () => {
    await using sub = new Sub()
    sub.subscribe('')
    const where = await url(sub)
    expect((await ours(['--pub', '--connect', where, '-D', 'news'])).code).toBe(0)
    expect((await sub.recv({ timeout: 2000 })).toString()).toBe('news')
  })

  it('CLI-35 push starts before its peer exists', async () => {
    const port = await freePort()
    const running = ours(['--push', '-l', String(port), '-D', 'early', '--async'])
    await using pull = new Pull()
    await pull.bind(`tcp://127.0.0.1:${port}`)
    expect((await pull.recv({ timeout: 5000 })).toString()).toBe('early')
    expect((await running).code).toBe(0)
  })

  it('CLI-16 CLI-32 repeats every interval, below a second, up to the count, after the delay', async () => {
    await using pull = new Pull()
    const where = await url(pull)
    const start = performance.now()
    const running = ours(['--push', '--connect', where, '-D', 'x', '-i', '0.03', '-C', '3', '-d', '0.1'])
    const times: number[] = []
    for (let i = 0; i < 3; i++) {
      await pull.recv()
      times.push(performance.now() - start)
    }
    expect((await running).code).toBe(0)
    expect(times[0]).toBeGreaterThanOrEqual(99)
    expect((times[2] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(50)
  })

  it('CLI-03 CLI-16 knows the names and durations of macat and nngcat', async () => {
    await using pull = new Pull()
    const where = await url(pull)
    const running = ours([
      '--push0',
      '--dial',
      where,
      '-D',
      'x',
      '--send-interval=20ms',
      '--send-delay',
      '1ms',
      '--count',
      '2'
    ])
    for (let i = 0; i < 2; i++) expect((await pull.recv()).toString()).toBe('x')
    expect((await running).code).toBe(0)
  })

  it('CLI-24 sends each line of standard input, however it is cut', async () => {
    await using pull = new Pull()
    const stdin = typed()
    const running = ours(['--push', '--connect', await url(pull), '--lines'], { stdin })
    for (const piece of ['on', 'e\ntw', 'o\r\n', '\n', 'four']) stdin.write(piece)
    stdin.end()
    const lines: string[] = []
    while (lines.length < 4) lines.push((await pull.recv()).toString())
    expect(lines).toEqual(['one', 'two', '', 'four'])
    expect((await running).code).toBe(0)
  })

  it('CLI-32 ends after so many lines', async () => {
    await using pull = new Pull()
    const running = ours(['--push', '--connect', await url(pull), '--lines', '--count=2'], { stdin: 'a\nb\nc\n' })
    expect([(await pull.recv()).toString(), (await pull.recv()).toString()]).toEqual(['a', 'b'])
    expect((await running).code).toBe(0)
    await expect(pull.recv({ timeout: 30 })).rejects.toMatchObject({ code: 'ETIMEDOUT' })
  })
})

describe('pull and sub', () => {
  it('CLI-15 CLI-18 pull prints until the receive timeout, which is exact', async () => {
    await using push = new Push()
    const where = await url(push)
    const start = performance.now()
    const running = ours(['--pull', '--connect', where, '-A', '--recv-timeout', '0.25'])
    await push.send('one')
    await push.send('two')
    const { code, stdout } = await running
    expect([code, stdout.toString()]).toEqual([0, 'one\ntwo\n'])
    expect(performance.now() - start).toBeGreaterThanOrEqual(249)
  })

  it('CLI-19 sub gets everything, or what it subscribed to', async () => {
    await using pub = new Pub()
    const where = await url(pub)
    const all = ours(['--sub', '--connect', where, '-A', '--count', '3'])
    const some = ours(['--sub', '--connect', where, '-A', '--subscribe', 'a', '--subscribe', 'c', '--count', '2'])
    await pub.waitForPeers(2)
    for (const topic of ['a1', 'b1', 'c1']) await pub.send(topic)
    expect((await all).stdout.toString()).toBe('a1\nb1\nc1\n')
    expect((await some).stdout.toString()).toBe('a1\nc1\n')
  })

  it('CLI-33 refuses what is larger than the limit and goes on with what is smaller', async () => {
    await using push = new Push()
    const where = await url(push)
    const running = new Running(['--pull', '--connect', where, '-A', '-v', '--recv-maxsz', '5', '--count', '2'])
    await push.send('12345')
    await running.printed('12345\n')
    const lost = new Promise((resolve) => push.once('detach', resolve))
    await push.send('123456')
    await running.said('Dropped: 1 (too-big, 6 bytes, limit 5')
    await lost
    await push.send('1234')
    const { code, stdout } = await running.done
    expect([code, stdout.toString()]).toEqual([0, '12345\n1234\n'])
  })

  it('CLI-33 takes 4 MB without a limit', async () => {
    await using push = new Push()
    const running = ours(['--pull', '--connect', await url(push), '--raw', '-Z0', '-C1'])
    await push.send(Buffer.alloc(4_000_000, 'y'))
    expect((await running).stdout.length).toBe(4_000_000)
  })

  it('CLI-14 CLI-34 says on stderr, when asked, who comes, goes and where it listens', async () => {
    const running = new Running(['--pull', '--bind', 'tcp://127.0.0.1:0', '-v', '-A'])
    const listening = await running.said(/Listening at: tcp:\/\/127\.0\.0\.1:[1-9]\d*\n/)
    const where = /tcp:\S+/.exec(listening)?.[0] ?? ''
    {
      await using push = new Push()
      push.connect(where)
      await push.send('x')
      await running.said('Peer: tcp://127.0.0.1:')
    }
    await running.said(/Lost: tcp:\/\/127\.0\.0\.1:\d+ \(closed-by-peer\)/)
    {
      await using sub = new Sub()
      sub.connect(where)
      await running.said(/Refused: tcp:\S+ \(protocol-mismatch\)/)
    }
    const { code, stdout } = await running.end()
    expect([code, stdout.toString()]).toEqual([130, 'x\n'])
  })

  it('NO_COLOR and no terminal keep stderr plain, FORCE_COLOR colours it', async () => {
    const words = ['--pull', '--bind', address(), '-v', '--recv-timeout', '0']
    const colour = '\x1b['
    expect((await ours(words)).stderr).not.toContain(colour)
    expect((await ours(words, { env: { FORCE_COLOR: '1' } })).stderr).toContain(colour)
    expect((await ours(words, { env: { FORCE_COLOR: '1', NO_COLOR: '1' } })).stderr).not.toContain(colour)
  })
})

describe('req and rep', () => {
  it('CLI-21 req prints one reply; with an interval it repeats', async () => {
    await using rep = new Rep()
    const where = await url(rep)
    let n = 0
    void rep.serve(({ body }) => `${body}${++n}`)
    expect(await ours(['--req', '--connect', where, '-D', 'q', '-A'])).toMatchObject({
      code: 0,
      stdout: Buffer.from('q1\n')
    })
    const many = await ours(['--req', '--connect', where, '-D', 'q', '-A', '-i', '200ms', '--count', '3'])
    expect(many.stdout.toString()).toBe('q2\nq3\nq4\n')
  })

  it('CLI-21 CLI-32 req asks so many times, or once for each line', async () => {
    await using rep = new Rep()
    const where = await url(rep)
    void rep.serve(({ body }) => body.toString().toUpperCase())
    expect((await ours(['--req', '--connect', where, '-Dx', '-A', '-C2'])).stdout.toString()).toBe('X\nX\n')
    const lines = await ours(['--req', '--connect', where, '--lines', '-A'], { stdin: 'a\nb\nc' })
    expect([lines.code, lines.stdout.toString()]).toEqual([0, 'A\nB\nC\n'])
  })

  it('CLI-23 CLI-32 rep answers every request, up to the count', async () => {
    await using req = new Req()
    const where = await url(req)
    const running = ours(['--rep', '--connect', where, '-D', 'pong', '-A', '--count', '2'])
    for (const body of ['one', 'two']) expect((await req.request(body)).toString()).toBe('pong')
    const { code, stdout } = await running
    expect([code, stdout.toString()]).toEqual([0, 'one\ntwo\n'])
  })

  it('CLI-23 rep without data prints and never answers', async () => {
    await using req = new Req()
    const where = await url(req)
    const running = ours(['--rep', '--connect', where, '-A', '--count', '1'])
    const request = req.request('hello', { timeout: 300 }).catch((error: unknown) => error)
    expect((await running).stdout.toString()).toBe('hello\n')
    expect(await request).toMatchObject({ code: 'ETIMEDOUT' })
  })

  it('rep answers with the output of a command, and with nothing when it fails', async () => {
    await using req = new Req()
    const where = await url(req)
    const running = new Running(['--rep', '--connect', where, '--exec', 'read x; test "$x" != bad && echo "[$x]"'])
    expect((await req.request('one\n', { timeout: 5000 })).toString()).toBe('[one]\n')
    const failing = req.request('bad\n', { timeout: 5000, retry: false }).catch(() => {})
    await running.said('nanocat: no answer: the command exited with 1\n')
    expect((await req.request('two\n', { timeout: 5000 })).toString()).toBe('[two]\n')
    expect((await running.end('SIGTERM')).code).toBe(143)
    await failing
  })
})

describe('surveyor and respondent', () => {
  it('CLI-22 surveyor prints answers until the deadline', async () => {
    await using surveyor = new Surveyor()
    await surveyor.close()
    const port = await freePort()
    const answering = ['one', 'two'].map((text) => {
      const respondent = new Respondent()
      respondent.connect(`tcp://127.0.0.1:${port}`)
      void respondent.serve(() => text)
      return respondent
    })
    const start = performance.now()
    const { code, stdout } = await ours(['--surveyor', '-L', String(port), '-d', '0.4', '-D', 'who', '-A'])
    expect([code, stdout.toString().split('\n').sort()]).toEqual([0, ['', 'one', 'two']])
    expect(performance.now() - start).toBeGreaterThanOrEqual(1390)
    for (const respondent of answering) await respondent.close()
  })

  it('CLI-23 respondent answers each survey, also with a command', async () => {
    await using surveyor = new Surveyor()
    const where = await url(surveyor)
    const runs = [
      new Running(['--respondent', '--connect', where, '-D', 'here', '-A']),
      new Running(['--respondent', '--connect', where, '--exec', 'echo there'])
    ]
    await surveyor.waitForPeers(2)
    const answers: string[] = []
    for await (const { body } of surveyor.survey('who', { count: 2, deadline: 5000 }))
      answers.push(body.toString().trim())
    expect(answers.sort()).toEqual(['here', 'there'])
    expect((await Promise.all(runs.map((run) => run.end()))).map(({ stdout }) => stdout.toString())).toEqual([
      'who\n',
      ''
    ])
  })
})

describe('bus and pair', () => {
  it('CLI-20 without data only receive', async () => {
    for (const [word, socket] of [
      ['--bus', new Bus()],
      ['--pair', new Pair()],
      ['--pair0', new Pair()]
    ] as const) {
      const where = await url(socket)
      const running = ours([word, '--connect', where, '-A', '--count', '1'])
      await socket.waitForPeers(1)
      await socket.send('hi')
      expect((await running).stdout.toString()).toBe('hi\n')
      await socket.close()
    }
  })

  it('CLI-20 with data send once, then receive', async () => {
    await using pair = new Pair()
    const running = ours(['--pair', '--connect', await url(pair), '-D', 'hello', '-A', '--recv-timeout', '0.2'])
    expect((await pair.recv()).toString()).toBe('hello')
    await pair.send('a')
    await pair.send('b')
    expect(await running).toMatchObject({ code: 0, stdout: Buffer.from('a\nb\n') })
  })

  it('CLI-20 with an interval print in between', async () => {
    await using pair = new Pair()
    const running = ours(['--pair', '--connect', await url(pair), '-D', 'tick', '-A', '-i', '0.05', '-C', '3'])
    for (let i = 0; i < 3; i++) {
      expect((await pair.recv()).toString()).toBe('tick')
      await pair.send(`tock${i}`)
    }
    expect((await running).stdout.toString()).toBe('tock0\ntock1\ntock2\n')
  })

  it('CLI-24 chat line by line', async () => {
    await using pair = new Pair()
    const stdin = typed()
    const running = new Running(['--pair', '--connect', await url(pair), '--lines', '-A'], { stdin })
    stdin.write('hello\n')
    expect((await pair.recv()).toString()).toBe('hello')
    await pair.send('hi')
    await running.printed('hi\n')
    stdin.end('bye\n')
    expect((await pair.recv()).toString()).toBe('bye')
    expect((await running.end()).code).toBe(130)
  })
})

describe('json', () => {
  it('prints an object a line, with text or base64, and a guess of the topic', async () => {
    await using pub = new Pub()
    const where = await url(pub)
    const words = ['--sub', '--connect', where, '--json', '--count', '3', '--subscribe', 'weather/', '--subscribe', '']
    const running = ours(words)
    await pub.waitForPeers(1)
    for (const body of ['weather/rome 21 °C\n', Buffer.from('stock\0\x01\xff', 'latin1'), '']) await pub.send(body)
    const lines = (await running).stdout.toString().trimEnd().split('\n')
    const objects = lines.map((line) => JSON.parse(line) as Record<string, unknown>)
    const fixed = { time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/), peer: where }
    expect(objects).toEqual([
      { ...fixed, topic: 'weather/', size: 20, encoding: 'text', body: 'weather/rome 21 °C\n' },
      {
        ...fixed,
        topic: 'stock',
        size: 8,
        encoding: 'base64',
        body: Buffer.from('stock\0\x01\xff', 'latin1').toString('base64')
      },
      { ...fixed, topic: '', size: 0, encoding: 'text', body: '' }
    ])
  })

  it('decodes msgpack, and shows what is none as base64', async () => {
    await using push = new Push()
    const where = await url(push)
    const running = ours(['--pull', '--connect', where, '--decode', 'msgpack', '--count', '2'])
    const value = { a: [1, null, 'x'], b: Buffer.from('bytes'), big: 2n ** 60n }
    await push.send(new Packr({ useRecords: false }).pack(value))
    await push.send(Buffer.from([0x92, 1]))
    const lines = (await running).stdout.toString().trimEnd().split('\n')
    const [good, bad] = lines.map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(good).toMatchObject({
      encoding: 'msgpack',
      body: { a: [1, null, 'x'], b: Buffer.from('bytes').toString('base64'), big: '1152921504606846976' }
    })
    expect(bad).toMatchObject({ encoding: 'base64', body: 'kgE=', error: expect.any(String) })
    expect(await ours(['--pull', '--bind', address(), '--decode', 'msgpack', '-A'])).toMatchObject({
      code: 1,
      stderr: 'nanocat: Option --decode requires the format json, not ascii\n'
    })
  })
})

describe('ending', () => {
  it('CLI-37 SIGINT drains and is 130, SIGTERM 143', async () => {
    await using pull = new Pull()
    const where = await url(pull)
    const running = new Running(['--push', '--connect', where, '-D', 'x', '-i', '10'])
    await pull.waitForPeers(1)
    expect(await running.end()).toMatchObject({ code: 130, stderr: '' })
    expect((await pull.recv({ timeout: 1000 })).toString()).toBe('x')
    for (const words of [
      ['--pull', '--bind', address()],
      ['--push', '-Dx', '--bind', address()],
      ['--rep', '--lines', '--bind', address()]
    ]) {
      const waiting = new Running(words, { stdin: typed() })
      await new Promise((resolve) => setImmediate(resolve))
      expect(await waiting.end('SIGTERM')).toMatchObject({ code: 143, stderr: '', stdout: Buffer.alloc(0) })
    }
  })

  it('CLI-37 a closed stdout ends the run without a word', async () => {
    await using push = new Push()
    const running = new Running(['--pull', '--connect', await url(push), '-A'])
    await push.send('one')
    await running.printed('one\n')
    running.breakPipe()
    await push.send('two')
    expect(await running.done).toMatchObject({ code: 0, stderr: '' })
  })

  it('CLI-12 CLI-13 names the socket in the second line of an error', async () => {
    await using rep = new Rep()
    const where = await url(rep)
    const { code, stderr } = await ours(['--pull', '--bind', where, '--socket-name', 'my socket'])
    expect(code).toBe(3)
    expect(stderr.split('\n')).toEqual([
      "Can't bind: Address already in use",
      expect.stringMatching(/^my socket: EADDRINUSE: .*close it or choose/),
      ''
    ])
  })
})

describe('in process', () => {
  it('CLI-38 runs with given arguments and streams, several at a time, and leaves nothing behind', async () => {
    const where = address()
    const listeners = process.listenerCount('SIGINT')
    const [pull, push] = await Promise.all([
      ours(['--pull', '--bind', where, '-A', '-C', '1']),
      ours(['--push', '--connect', where, '-F', '-'], { program: 'other', stdin: 'from a stream' })
    ])
    expect([pull.stdout.toString(), push.stdout.toString()]).toEqual(['from a stream\n', ''])
    expect((await ours(['--nonsense'], { program: 'other' })).stderr).toMatch(/^other: /)
    expect([process.listenerCount('SIGINT'), process.exitCode]).toEqual([listeners, undefined])
  })
})

describe('stats and bench', () => {
  it('CLI-12 --stats says the totals at the end', async () => {
    await using pull = new Pull()
    const { stderr } = await ours([
      '--push',
      '--connect',
      await url(pull),
      '-D',
      'four',
      '--stats',
      '-C',
      '3',
      '-i',
      '0'
    ])
    expect(stderr).toMatch(/^sent 3 \(12 bytes\), received 0 \(0 bytes\) in \d+\.\d\d s: \d+ msg\/s, \d+\.\d MB\/s\n$/)
  })

  it('--stats shows the rate on a terminal and nowhere else', async () => {
    const words = ['--pull', '--bind', address(), '--stats', '--recv-timeout', '1.1']
    const [terminal, file] = await Promise.all([ours(words.with(2, address()), { terminal: true }), ours(words)])
    const [before, live, end] = terminal.stderr.split('\r\x1b[K')
    expect([before, live, end]).toEqual(['', '0 msg/s, 0.0 MB/s', expect.stringMatching(/^sent 0 .*\n$/)])
    expect(file.stderr).toMatch(/^sent 0 .*\n$/)
  })

  it('--bench sends, receives, asks and echoes at full speed', async () => {
    const where = address()
    const pulling = ours(['--pull', '--bind', where, '--bench', '--count', '20000'])
    const pushing = await ours(['--push', '--connect', where, '--bench', '--size', '1k', '--count', '20000'])
    expect(pushing).toMatchObject({ code: 0, stderr: expect.stringMatching(/^sent 20000 \(20480000 bytes\)/m) })
    expect((await pulling).stderr).toMatch(/received 20000 \(20480000 bytes\)/)
    const other = address()
    const echoing = new Running(['--rep', '--bind', other, '--bench'])
    expect((await ours(['--req', '--connect', other, '--bench', '-D', 'abc', '-C', '500'])).stderr).toMatch(
      /^sent 500 \(1500 bytes\), received 500 \(1500 bytes\)/m
    )
    expect(await echoing.end()).toMatchObject({ code: 130, stderr: expect.stringContaining('received 500') })
  })
})
