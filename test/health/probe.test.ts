/** Probes against real processes in each state a probe has to tell apart. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Rep, Respondent, SpError } from 'hubless'
import { probe, verdicts } from 'hubless/health'
import { device, Respondent as RawRespondent, Surveyor as RawSurveyor } from 'hubless/raw'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { buildPeer } from '../interop/peers/build.ts'
import { PeerProcess } from '../interop/peers/process.ts'
import { freePort, requirePeer } from '../interop/peers/tools.ts'

const nanomsg = requirePeer('nanomsg-peer', await buildPeer('nanomsg'), 'libnanomsg-dev and cc')
const nng = requirePeer('nng-peer', await buildPeer('nng'), 'libnng-dev and cc')
const folder = mkdtempSync(join(tmpdir(), 'hubless-health-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A TCP server in a process of its own; `act` is what it does with a connection `s`. */
async function server(act: string): Promise<{ process: PeerProcess; url: string }> {
  const script = `require('net').createServer((s) => { s.on('error', () => {}); ${act} })
    .listen(0, '127.0.0.1', function () { console.log('port ' + this.address().port) })`
  const process = PeerProcess.start(globalThis.process.execPath, ['-e', script])
  const line = await process.line('port')
  return { process, url: `tcp://127.0.0.1:${line.slice(5)}` }
}

async function started(binary: string, args: string[]): Promise<PeerProcess> {
  const process = PeerProcess.start(binary, args)
  await process.line('ready')
  return process
}

const header = (id: number): string => `Buffer.from([0, 83, 80, 0, 0, ${id}, 0, 0])`

describe.skipIf(nanomsg.skip)('a probe of a nanomsg process', () => {
  it('CLI-39 finds every protocol healthy by its header alone', async () => {
    const commands = {
      'pair-recv': 'pair',
      push: 'push',
      pull: 'pull',
      pub: 'pub',
      sub: 'sub',
      req: 'req',
      rep: 'rep',
      surveyor: 'surveyor',
      respondent: 'respondent',
      bus: 'bus'
    } as const
    await Promise.all(
      Object.entries(commands).map(async ([command, protocol]) => {
        const url = `ipc://${folder}/${command}`
        const sends = ['push', 'pub', 'req', 'surveyor', 'bus'].includes(command) ? ['--text', 'x', '--peers', '1'] : []
        await using peer = await started(nanomsg.path, [command, '--bind', url, ...sends])
        const result = await probe(url, { protocol })
        expect(result).toMatchObject({ healthy: true, status: 'ok', verdict: 'ok', protocol, done: 'header' })
        expect(result.stages.map(({ name, ok }) => [name, ok])).toEqual([
          ['connect', true],
          ['header', true]
        ])
        expect(peer.lines.filter((line) => line.startsWith('peers'))).toEqual([])
      })
    )
  })

  it('says wrong-protocol with both names', async () => {
    const url = `tcp://127.0.0.1:${await freePort()}`
    await using _peer = await started(nanomsg.path, ['pub', '--bind', url, '--text', 'x', '--peers', '1'])
    const { verdict, message, healthy } = await probe(url, { protocol: 'rep' })
    expect([verdict, healthy]).toEqual(['wrong-protocol', false])
    expect(message).toBe('it is pub (0x20), not rep (0x31)')
    expect(await probe(url, { level: 'request' })).toMatchObject({ verdict: 'wrong-protocol' })
  })

  it('says stale-socket-file after the process was killed, and no-socket-file once it is removed', async () => {
    const path = `${folder}/stale`
    await using peer = await started(nanomsg.path, ['rep', '--bind', `ipc://${path}`])
    expect((await probe(`ipc://${path}`)).verdict).toBe('ok')
    peer.kill('SIGKILL')
    await peer.exit()
    expect(existsSync(path)).toBe(true)
    expect((await probe(`ipc://${path}`)).verdict).toBe('stale-socket-file')
    rmSync(path)
    expect((await probe(`ipc://${path}`)).verdict).toBe('no-socket-file')
  })

  it('says silent of a process that is stopped, at the deadline, and ok when it goes on', async () => {
    const url = `tcp://127.0.0.1:${await freePort()}`
    await using peer = await started(nanomsg.path, ['rep', '--bind', url])
    peer.kill('SIGSTOP')
    // The signal takes effect a moment later.
    const result = await vi.waitFor(async () => {
      const stopped = await probe(url, { timeout: 150 })
      expect(stopped.verdict).toBe('silent')
      return stopped
    })
    expect(result.ms).toBeGreaterThanOrEqual(149)
    peer.kill('SIGCONT')
    expect((await probe(url, { timeout: 5000 })).verdict).toBe('ok')
  })

  it('makes a request and judges the reply by text, expression and JSON path', async () => {
    const url = `tcp://127.0.0.1:${await freePort()}`
    const reply = '{"status":"ok","queue":{"depth":3},"peers":["a"],"a=b":1}'
    await using peer = await started(nanomsg.path, ['rep', '--bind', url, '--text', reply])
    const paths = ['$.status', '$.status=ok', '$.queue.depth=3', '$.peers[0]=a', '$["a=b"]=1']
    for (const expect_ of [reply, /"ok"/, '/"OK"/i', ...paths]) {
      expect(await probe(url, { level: 'request', request: 'ready', expect: expect_, timeout: 5000 })).toMatchObject({
        verdict: 'ok',
        reply
      })
    }
    for (const expect_ of ['ok', /^ok/, '$.nothing', '$.status=down', '$.peers[1]']) {
      const result = await probe(url, { level: 'request', request: 'ready', expect: expect_, timeout: 5000 })
      expect([result.verdict, result.healthy]).toEqual(['unexpected-reply', false])
    }
    await peer.line('request 12 ')
    expect(peer.lines.filter((line) => line.startsWith('request'))).toHaveLength(13)
  })

  it('says no-reply of a REP that never answers', async () => {
    const url = `tcp://127.0.0.1:${await freePort()}`
    await using _peer = await started(nanomsg.path, ['rep', '--bind', url, '--mute'])
    expect(await probe(url, { level: 'request', timeout: 200 })).toMatchObject({ verdict: 'no-reply' })
  })

  it('counts the answers of a survey', async () => {
    const url = `tcp://127.0.0.1:${await freePort()}`
    await using _peer = await started(nanomsg.path, ['respondent', '--bind', url, '--text', 'here'])
    expect(await probe(url, { level: 'survey' })).toMatchObject({ verdict: 'ok', answers: 1 })
    const few = await probe(url, { level: 'survey', min: 2, timeout: 200 })
    expect(few).toMatchObject({
      verdict: 'too-few',
      healthy: false,
      message: expect.stringContaining('1 of at least 2')
    })
    expect(await probe(url, { level: 'survey', expect: 'elsewhere', timeout: 200 })).toMatchObject({
      verdict: 'too-few'
    })
  })

  it('counts a peer once, however often it answers or comes back', async () => {
    const greedy = await server(`
      s.write(${header(0x63)})
      let seen = Buffer.alloc(0)
      s.on('data', (data) => {
        seen = Buffer.concat([seen, data])
        if (seen.length < 20 || globalThis.id) {
          // It was here before: it answers what it was asked then.
          if (globalThis.id && seen.length >= 8) answer()
          return
        }
        globalThis.id = seen.subarray(16, 20)
        answer()
        setTimeout(() => s.destroy(), 20)
      })
      const answer = () => { for (let i = 0; i < 3; i++) s.write(Buffer.from('0000000000000006' + globalThis.id.toString('hex') + '6f6b', 'hex')) }`)
    await using _greedy = greedy.process
    const result = await probe(greedy.url, { level: 'survey', min: 3, timeout: 600 })
    expect(result).toMatchObject({
      verdict: 'too-few',
      message: expect.stringMatching(/^1 of at least 3 answered; a URL/)
    })
  })

  it('counts what a device hands on, when it is said to be one', async () => {
    const front = new RawRespondent()
    const back = new RawSurveyor()
    const { url } = await front.bind('tcp://127.0.0.1:0')
    const inner = await back.bind('tcp://127.0.0.1:0')
    void device(front, back)
    const respondents = ['a', 'b', 'c'].map((text) => {
      const respondent = new Respondent()
      respondent.connect(inner.url)
      void respondent.serve(() => text)
      return respondent
    })
    await back.waitForPeers(3)
    const survey = { level: 'survey', min: 3, timeout: 2000 } as const
    expect(await probe(url, { ...survey, device: true })).toMatchObject({ verdict: 'ok', answers: 3 })
    expect(await probe(url, survey)).toMatchObject({ verdict: 'too-few' })
    expect(await probe(url, { ...survey, device: true, expect: '/[ab]/', timeout: 300 })).toMatchObject({
      verdict: 'too-few',
      message: '2 of at least 3 answered as expected'
    })
    for (const socket of [...respondents, front, back]) await socket.close()
  })

  it('judges by a function of the caller, which may be wrong', async () => {
    const rep = new Rep()
    const { url } = await rep.bind('tcp://127.0.0.1:0')
    void rep.serve(() => 'pong')
    const judged = (judge: (body: Buffer) => unknown) =>
      probe(url, { level: 'request', expect: judge as () => boolean, timeout: 5000 })
    expect(await judged((body) => body.length === 4)).toMatchObject({ verdict: 'ok' })
    expect(await judged(() => false)).toMatchObject({ verdict: 'unexpected-reply' })
    expect(await judged(async () => true)).toMatchObject({
      verdict: 'unexpected-reply',
      message: 'the function expect returned neither true nor false, but object'
    })
    const throws = await judged(() => {
      throw new Error('not ready')
    })
    expect(throws).toMatchObject({
      verdict: 'unexpected-reply',
      message: 'the function expect threw: Error: not ready'
    })
    const sticky = /pong/y
    sticky.lastIndex = 3
    expect(await probe(url, { level: 'request', expect: sticky, timeout: 5000 })).toMatchObject({ verdict: 'ok' })
    await rep.close()
  })

  it('shares a signal with any number of others, and leaves nothing on it', async () => {
    const warnings: Error[] = []
    const warned = (warning: Error): void => void warnings.push(warning)
    process.on('warning', warned)
    const { signal } = new AbortController()
    const url = `tcp://127.0.0.1:${await freePort()}`
    await Promise.all(Array.from({ length: 50 }, () => probe(url, { signal })))
    await new Promise((resolve) => setImmediate(resolve))
    process.off('warning', warned)
    expect(warnings).toEqual([])
  })

  it('says whether a PUB spoke', async () => {
    const url = `tcp://127.0.0.1:${await freePort()}`
    const speaking = ['--count', '1000', '--text', 'tick', '--interval', '10', '--peers', '1']
    await using _peer = await started(nanomsg.path, ['pub', '--bind', url, ...speaking])
    expect(await probe(url, { level: 'fresh', timeout: 5000 })).toMatchObject({ verdict: 'ok', reply: 'tick' })
    expect(await probe(url, { level: 'fresh', topic: 'ti', timeout: 5000 })).toMatchObject({ verdict: 'ok' })
    expect(await probe(url, { level: 'fresh', topic: 'tock', timeout: 200 })).toMatchObject({ verdict: 'no-reply' })
  })

  it('CLI-39 joins by handshake where that is harmless, and PUSH, REQ and PAIR only when forced', async () => {
    for (const [command, protocol] of [
      ['push', 'push'],
      ['req', 'req'],
      ['pair-recv', 'pair']
    ] as const) {
      const url = `ipc://${folder}/join-${command}`
      const sends = command === 'pair-recv' ? [] : ['--text', 'x', '--peers', '1', '--delay', '60000']
      await using peer = await started(nanomsg.path, [command, '--bind', url, ...sends])
      const refused = await probe(url, { level: 'handshake' })
      expect(refused).toMatchObject({ verdict: 'unsafe', status: 'unknown', healthy: false, protocol })
      expect(peer.lines.filter((line) => line.startsWith('peers'))).toEqual([])
      expect(await probe(url, { level: 'handshake', force: true })).toMatchObject({ verdict: 'ok' })
    }
    const url = `ipc://${folder}/join-sub`
    await using _peer = await started(nanomsg.path, ['sub', '--bind', url])
    expect(await probe(url, { level: 'handshake' })).toMatchObject({ verdict: 'ok', protocol: 'sub' })
  })
})

describe('a probe of something else', () => {
  it('says refused where nobody listens', async () => {
    const result = await probe(`tcp://127.0.0.1:${await freePort()}`)
    expect(result).toMatchObject({ verdict: 'refused', status: 'critical', healthy: false, code: 'ECONNREFUSED' })
  })

  it('says not-sp of a server that speaks, and of one that waits for HTTP', async () => {
    const ssh = await server("s.write('SSH-2.0-x\\r\\n')")
    await using _ssh = ssh.process
    expect(await probe(ssh.url)).toMatchObject({ verdict: 'not-sp', message: expect.stringContaining('SSH-2.0-x') })
    const short = await server("s.end(Buffer.from('0053', 'hex'))")
    await using _short = short.process
    expect(await probe(short.url)).toMatchObject({ verdict: 'not-sp' })
  })

  it('says silent of a server that accepts and waits, closed of one that hangs up', async () => {
    const mute = await server('')
    await using _mute = mute.process
    expect(await probe(mute.url, { timeout: 100 })).toMatchObject({ verdict: 'silent', code: 'ETIMEDOUT' })
    expect(await probe(mute.url, { level: 'accept' })).toMatchObject({ verdict: 'ok', protocol: null })
    const rude = await server('s.end()')
    await using _rude = rude.process
    expect(await probe(rude.url)).toMatchObject({ verdict: 'closed' })
  })

  it('says slow, as a warning or as unhealthy, of a header that takes its time', async () => {
    const slow = await server(`setTimeout(() => s.write(${header(0x31)}), 60)`)
    await using _slow = slow.process
    expect(await probe(slow.url, { timeout: 5000 })).toMatchObject({ verdict: 'ok', status: 'ok' })
    const warned = await probe(slow.url, { warn: 50, timeout: 5000 })
    expect(warned).toMatchObject({ verdict: 'slow', status: 'warning', healthy: true })
    const failed = await probe(slow.url, { warn: 20, critical: 50, timeout: 5000 })
    expect(failed).toMatchObject({ verdict: 'slow', status: 'critical', healthy: false })
  })

  it('reads a header that comes byte by byte, and names an id it does not know', async () => {
    const drip = await server(`let i = 0; const t = setInterval(() => {
      if (i < 8) s.write(${header(0x11)}.subarray(i, ++i)); else clearInterval(t) }, 1); s.on('close', () => clearInterval(t))`)
    await using _drip = drip.process
    expect(await probe(drip.url, { timeout: 5000 })).toMatchObject({ verdict: 'ok', protocol: null })
    expect(await probe(drip.url, { protocol: 'pair', timeout: 5000 })).toMatchObject({
      verdict: 'wrong-protocol',
      message: 'it is 0x11, not pair (0x10)'
    })
  })

  it('says not-a-socket of an ordinary file and unreachable of a host that does not exist', async () => {
    writeFileSync(`${folder}/file`, '')
    expect(await probe(`ipc://${folder}/file`)).toMatchObject({ verdict: 'not-a-socket' })
    expect(await probe('tcp://no-such-host.invalid:5555')).toMatchObject({ verdict: 'unreachable' })
  })

  it('cannot check inproc from outside', async () => {
    expect(await probe('inproc://a')).toMatchObject({ verdict: 'not-supported', status: 'unknown' })
  })

  it.each<[option: string, message: string, options: object]>([
    ['level', `"deep"; allowed is 'accept', 'header', 'handshake', 'request', 'survey', 'fresh'`, { level: 'deep' }],
    ['protocol', `"rpe"; allowed is 'pair', 'pub'`, { protocol: 'rpe' }],
    ['protocol', `"pub"; allowed is 'rep' at the level request`, { level: 'request', protocol: 'pub' }],
    ['request', '5; allowed is a string or a Uint8Array', { request: 5 }],
    ['expect', '5; allowed is a string, a RegExp or a function', { expect: 5 }],
    ['expect', '"/(/"; allowed is a regular expression that compiles (Invalid', { expect: '/(/' }],
    ['expect', '"$.a..b=1"; allowed is a path such as', { expect: '$.a..b=1' }],
    ['min', '0; allowed is a whole number from 1', { min: 0 }],
    ['topic', 'an array; allowed is a string', { topic: [] }],
    ['timeout', '-1; allowed is a number of ms from 0, or Infinity', { timeout: -1 }],
    ['warn', 'NaN; allowed is a number of ms', { warn: Number.NaN }],
    ['critical', '"1"; allowed is a number of ms', { critical: '1' }],
    ['signal', 'an object; allowed is an AbortSignal', { signal: {} }],
    ['force', '"yes"; allowed is true or false', { force: 'yes' }],
    ['device', '1; allowed is true or false', { level: 'survey', device: 1 }],
    ['tls', 'a function; allowed is an object', { tls: () => ({}) }]
  ])('says that the option %s is %s', async (option, message, options) => {
    const error = await probe('tcp://127.0.0.1:5', options).catch((e: unknown) => e)
    expect(error instanceof SpError && error.message).toContain(`EINVAL: option ${option} is ${message}`)
  })

  it.each<[url: string, options: object, message: string]>([
    ['nonsense', {}, '"nonsense" is not scheme://address'],
    ['tcp://127.0.0.1', {}, 'tcp://127.0.0.1: the address must be host:port'],
    ['tcp://127.0.0.1:5', { levle: 'header' }, 'probe() has no option "levle"; it has level, protocol'],
    ['tcp://127.0.0.1:5', [], 'the options of probe() are an object, not an array'],
    ['tls+tcp://127.0.0.1:5', { tls: { ca: 5 } }, 'option tls is an object; allowed is options of node:tls ('],
    ['wss://127.0.0.1:5', { tls: { cert: 'none' } }, 'option tls is an object; allowed is options of node:tls ('],
    ['ipc:///tmp/a\0b', {}, '"ipc:///tmp/a\\u0000b": a path has no NUL'],
    [5 as unknown as string, {}, 'the URL of probe() is 5; allowed is a string'],
    [Symbol('url') as unknown as string, {}, 'the URL of probe() is Symbol(url); allowed is a string']
  ])('throws EINVAL for %s with %j', async (url, options, message) => {
    const error = await probe(url, options).catch((e: unknown) => e)
    expect(error instanceof SpError && error.message).toContain(`EINVAL: ${message}`)
  })

  it('throws nothing else but the reason of the signal', async () => {
    const mute = await server('')
    await using _mute = mute.process
    const stop = new AbortController()
    const probing = probe(mute.url, { signal: stop.signal, timeout: 60_000 })
    stop.abort(new Error('enough'))
    await expect(probing).rejects.toThrow('enough')
  })

  it('has a sentence for every verdict', () => {
    for (const text of Object.values(verdicts)) expect(text).toMatch(/^[A-Z].*\.$/)
  })
})

describe.each([
  ['nanomsg', nanomsg],
  ['nng', nng]
] as const)('header probes of %s sockets in use', (name, { path, skip }) => {
  it.skipIf(skip)('CLI-39 steal no message from a PUSH', async () => {
    const url = `tcp://127.0.0.1:${await freePort()}`
    const count = 150
    await using push = await started(path, [
      'push',
      '--bind',
      url,
      '--count',
      `${count}`,
      '--peers',
      '1',
      '--interval',
      '2'
    ])
    await using pull = await started(path, ['pull', '--connect', url, '--count', `${count}`])
    await pull.line('msg 0')
    let probes = 0
    const receiving = pull.line(`msg ${count - 1}`).then(() => true)
    for (let done = false; !done; probes++) {
      expect((await probe(url, { protocol: 'push', timeout: 5000 })).verdict).toBe('ok')
      done = await Promise.race([receiving, Promise.resolve(false)])
    }
    expect(await pull.exit()).toBe(0)
    expect(pull.lines.filter((line) => line.startsWith('msg'))).toHaveLength(count)
    expect(push.lines).not.toContain('peers 2')
    expect(probes).toBeGreaterThan(10)
  })

  it.skipIf(skip)('CLI-39 steal no message from a PUSH over WebSocket, where they only connect', async () => {
    const url = `ws://127.0.0.1:${await freePort()}${name === 'nng' ? '/' : ''}`
    const count = 60
    await using push = await started(path, [
      'push',
      '--bind',
      url,
      '--count',
      `${count}`,
      '--peers',
      '1',
      '--interval',
      '2'
    ])
    await using pull = await started(path, ['pull', '--connect', url, '--count', `${count}`])
    await pull.line('msg 0')
    let over = false
    const end = pull.exit(8000).finally(() => {
      over = true
    })
    while (!over) {
      const result = await probe(url, { timeout: 5000 })
      // The last one may find that the sender has ended, too.
      if (!over) expect(result).toMatchObject({ verdict: 'ok', done: 'accept', protocol: null })
    }
    expect(await end).toBe(0)
    expect(pull.lines.filter((line) => line.startsWith('msg'))).toHaveLength(count)
    expect(push.lines).not.toContain('peers 2')
  })

  it.skipIf(skip)('CLI-39 neither occupy a PAIR nor lose it a message', async () => {
    const url = `ipc://${folder}/pair-${name}`
    const count = 100
    await using pair = await started(path, ['pair-recv', '--bind', url, '--count', `${count}`])
    // Before it has a peer, at the same time as the peer comes, and while messages flow.
    for (let i = 0; i < 5; i++) expect((await probe(url, { protocol: 'pair' })).verdict).toBe('ok')
    const together = Promise.all(Array.from({ length: 5 }, () => probe(url, { timeout: 5000 })))
    await using peer = await started(path, [
      'pair-send',
      '--connect',
      url,
      '--count',
      `${count}`,
      '--interval',
      '2',
      '--peers',
      '1'
    ])
    await together
    let over = false
    const end = pair.exit(8000).finally(() => {
      over = true
    })
    while (!over) await probe(url, { timeout: 5000 })
    expect(await end).toBe(0)
    expect(pair.lines.filter((line) => line.startsWith('msg'))).toHaveLength(count)
    expect(await peer.exit()).toBe(0)
  })
})
