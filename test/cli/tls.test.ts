/** TLS and WebSocket from the command line. */
import { Pull } from 'hubless'
import { beforeAll, describe, expect, it } from 'vitest'
import { authority, openssl, pemFile } from '../helpers/certificates.ts'
import { ours, Running } from './command.ts'

const timeout = 5000

describe.skipIf(openssl.skip)('over TLS', () => {
  const files = { ca: '', cert: '', key: '', both: '', garbage: '' }

  // Not while tests are collected, which is done without openssl too.
  beforeAll(() => {
    const { ca, issue } = authority()
    const { cert, key } = issue('localhost', 'DNS:localhost,IP:127.0.0.1')
    files.ca = pemFile(ca)
    files.cert = pemFile(cert)
    files.key = pemFile(key)
    files.both = pemFile(`${cert}${key}`)
    files.garbage = pemFile('no pem')
  })

  it.each(['tls+tcp', 'wss'])('CLI-36 binds and connects %s with certificate, key and authority', async (scheme) => {
    for (const own of [
      ['--cert', files.cert, '--key', files.key],
      ['-E', files.both]
    ]) {
      const rep = new Running(['--rep', '--bind', `${scheme}://127.0.0.1:0`, ...own, '-D', 'pong', '-v'])
      const url = /(tls|wss)\S+/.exec(await rep.said(/Listening at: \S+\n/))?.[0] ?? ''
      const req = ['--req', '--connect', url, '-D', 'ping', '-A', '--recv-timeout', '5']
      expect(await ours([...req, '--cacert', files.ca])).toMatchObject({ code: 0, stdout: Buffer.from('pong\n') })
      expect((await ours([...req, '--insecure'])).stdout.toString()).toBe('pong\n')
      const distrusting = new Running([...req, '-v', '-v'])
      await distrusting.said(/certificate|issuer|signed/i)
      expect((await distrusting.end()).stdout.length).toBe(0)
      expect((await rep.end()).code).toBe(130)
    }
  })

  it('CLI-36 refuses files that are missing or garbled, and a listener without a certificate', async () => {
    const bind = ['--pull', '--bind', 'tls+tcp://127.0.0.1:0']
    expect(await ours([...bind, '--cert', '/nonexistent'])).toMatchObject({
      code: 2,
      stderr: "Error opening file ``/nonexistent'': No such file or directory\n"
    })
    for (const option of ['--cacert', '--cert', '--key']) {
      expect(await ours([...bind, option, files.garbage])).toMatchObject({
        code: 2,
        stderr: `Error reading file \`\`${files.garbage}'': it holds no PEM certificate or key\n`
      })
    }
    const half = await ours([
      ...bind,
      '--cert',
      pemFile('-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n')
    ])
    expect([half.code, half.stderr]).toEqual([
      3,
      expect.stringMatching(/^Can't bind: Invalid argument\nnanocat: EINVAL: /)
    ])
    expect((await ours(bind)).stderr).toMatch(/needs a certificate/)
  })

  it('CLI-39 probes TLS endpoints: the header behind the handshake, and tls where that fails', async () => {
    const rep = new Running(['--rep', '--bind', 'tls+tcp://127.0.0.1:0', '-E', files.both, '-D', 'pong', '-v'])
    const url = /tls\S+/.exec(await rep.said(/Listening at: \S+\n/))?.[0] ?? ''
    const trusted = ['health', url, '--cacert', files.ca, '--timeout', '5s']
    expect((await ours(trusted)).stdout.toString()).toMatch(/ healthy: ok: header, it is rep/)
    expect((await ours([...trusted, '-l', 'request', '--expect', 'pong'])).stdout.toString()).toMatch(
      / healthy: ok: request/
    )
    const distrusted = await ours(['health', url, '--timeout', '5s'])
    expect([distrusted.code, distrusted.stdout.toString()]).toEqual([1, expect.stringContaining(' unhealthy: tls: ')])
    await rep.end()
  })
})

describe('over WebSocket', () => {
  it('CLI-39 the level header only connects, and says so; others work when the protocol is known', async () => {
    const rep = new Running(['--rep', '--bind', 'ws://127.0.0.1:0/rpc', '-D', 'pong', '-v'])
    const url = /ws\S+/.exec(await rep.said(/Listening at: \S+\n/))?.[0] ?? ''
    const header = await ours(['health', url])
    expect([header.code, header.stdout.toString()]).toEqual([
      0,
      expect.stringContaining('ok: accept (on WebSocket only accepting is free of side effects), in ')
    ])
    const json = JSON.parse((await ours(['health', url, '-f', 'json'])).stdout.toString()) as object
    expect(json).toMatchObject({ level: 'header', done: 'accept', protocol: null })
    expect((await ours(['health', url, '-l', 'request', '--expect', 'pong', '--timeout', '5s'])).code).toBe(0)
    expect((await ours(['health', url, '-l', 'handshake'])).code).toBe(3)
    expect((await ours(['health', url, '-l', 'handshake', '-p', 'rep', '--timeout', '5s'])).code).toBe(0)
    await rep.end()
  })

  it('sends line by line to a path', async () => {
    await using pull = new Pull()
    const { url } = await pull.bind('ws://127.0.0.1:0/log')
    expect((await ours(['--push', '--connect', url, '--lines'], { stdin: 'a\nb\n' })).code).toBe(0)
    expect([`${await pull.recv({ timeout })}`, `${await pull.recv({ timeout })}`]).toEqual(['a', 'b'])
  })
})
