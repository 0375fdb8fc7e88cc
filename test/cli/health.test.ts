/** `nanocat health`: formats and exit codes. What a probe finds is tested with the probe itself. */
import { Pub, Push, Rep } from 'hubless'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePort } from '../interop/peers/tools.ts'
import { ours, Running } from './command.ts'

const rep = new Rep()
const push = new Push()
let url = ''
let pushUrl = ''
let nowhere = ''

beforeAll(async () => {
  url = (await rep.bind('tcp://127.0.0.1:0')).url
  pushUrl = (await push.bind('tcp://127.0.0.1:0')).url
  nowhere = `tcp://127.0.0.1:${await freePort()}`
  void rep.serve(({ body }) => `{"asked":"${body}"}`)
})
afterAll(() => Promise.all([rep.close(), push.close()]))

describe('nanocat health', () => {
  it('CLI-39 prints a line for each URL and exits with 0, 1 or 3', async () => {
    let joined = 0
    push.on('attach', () => joined++)
    const healthy = await ours(['health', url])
    expect([healthy.code, healthy.stderr]).toEqual([0, ''])
    expect(healthy.stdout.toString()).toMatch(/^tcp:\S+ healthy: ok: header, it is rep, in [\d.]+ ms\n$/)
    const both = await ours(['health', url, nowhere, '--protocol', 'rep'])
    expect(both.code).toBe(1)
    expect(both.stdout.toString()).toMatch(/^tcp:\S+ healthy: .*\ntcp:\S+ unhealthy: refused: nobody listens there\n$/)
    const unchecked = await ours(['health', pushUrl, '--level', 'handshake'])
    expect([unchecked.code, unchecked.stdout.toString()]).toEqual([
      3,
      expect.stringContaining(' not checked: unsafe: ')
    ])
    expect(joined).toBe(0)
    expect((await ours(['health', pushUrl, nowhere, '--level', 'handshake'])).code).toBe(1)
    expect((await ours(['health', pushUrl, '--level', 'handshake', '--force'])).code).toBe(0)
  })

  it('CLI-39 has the exit codes of Nagios in its format, one line and performance data', async () => {
    const nagios = (...words: string[]) => ours(['health', '--format', 'nagios', ...words])
    const ok = await nagios(url)
    expect([ok.code, ok.stdout.toString()]).toEqual([
      0,
      expect.stringMatching(
        /^SP OK - \S+ ok: .* \| 'time'=[\d.]+ms;;;0; 'connect'=[\d.]+ms;;;0; 'header'=[\d.]+ms;;;0;\n$/
      )
    ])
    const slow = await nagios(url, '--warn', '0')
    expect([slow.code, slow.stdout.toString()]).toEqual([1, expect.stringMatching(/^SP WARNING - \S+ slow: /)])
    expect((await nagios(url, '--critical', '0ms')).code).toBe(2)
    expect((await nagios(url, nowhere)).code).toBe(2)
    expect((await nagios(pushUrl, '-l', 'handshake')).code).toBe(3)
    expect((await nagios('--nonsense')).code).toBe(3)
  })

  it('warns without being unhealthy in the other formats', async () => {
    expect(await ours(['health', url, '--warn', '0'])).toMatchObject({ code: 0 })
    expect(await ours(['health', url, '--critical', '0'])).toMatchObject({ code: 1 })
  })

  it('prints JSON with stable keys', async () => {
    const { code, stdout } = await ours([
      'health',
      '-f',
      'json',
      url,
      '-l',
      'request',
      '--request',
      'x',
      '--expect',
      '$.asked=x'
    ])
    expect(code).toBe(0)
    expect(JSON.parse(stdout.toString())).toEqual({
      url,
      level: 'request',
      done: 'request',
      healthy: true,
      status: 'ok',
      verdict: 'ok',
      message: expect.any(String),
      protocol: 'rep',
      ms: expect.any(Number),
      stages: ['connect', 'header', 'join', 'request'].map((name) => ({ name, ms: expect.any(Number), ok: true })),
      answers: null,
      reply: '{"asked":"x"}',
      code: null
    })
  })

  it('prints Prometheus text', async () => {
    const { code, stdout } = await ours(['health', '-f', 'prometheus', url, nowhere])
    expect(code).toBe(1)
    const text = stdout.toString()
    expect(text).toContain(`\nhubless_probe_success{url="${url}",level="header",verdict="ok"} 1\n`)
    expect(text).toContain(`\nhubless_probe_success{url="${nowhere}",level="header",verdict="refused"} 0\n`)
    for (const line of text.trimEnd().split('\n')) {
      expect(line).toMatch(/^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+\{([a-z]+="[^"]*",?)+\} [\d.e-]+)$/)
    }
  })

  it('waits for an endpoint that comes later', async () => {
    const port = await freePort()
    const late = `tcp://127.0.0.1:${port}`
    const running = new Running(['health', late, '--wait', '20s'])
    await new Promise((resolve) => setTimeout(resolve, 100))
    await using pub = new Pub()
    await pub.bind(late)
    expect(await running.done).toMatchObject({ code: 0 })
    const start = performance.now()
    expect((await ours(['health', nowhere, '--wait', '0.4'])).code).toBe(1)
    expect(performance.now() - start).toBeGreaterThanOrEqual(249)
    expect((await ours(['health', nowhere, '--retries', '1'])).code).toBe(1)
    const waiting = new Running(['health', nowhere, '--wait', '1m'])
    expect(await waiting.end()).toMatchObject({ code: 130, stderr: '' })
  })

  it('keeps its deadline', async () => {
    await using silent = new Rep()
    const { url: mute } = await silent.bind('tcp://127.0.0.1:0')
    const start = performance.now()
    const { code, stdout } = await ours(['health', mute, '-l', 'request', '--timeout', '200ms'])
    expect([code, stdout.toString()]).toEqual([1, expect.stringContaining('unhealthy: no-reply')])
    expect(performance.now() - start).toBeLessThan(900)
  })

  it('CLI-39 exits with 3 when it is used wrongly', async () => {
    const wrong: [string[], RegExp][] = [
      [[], /^nanocat: At least one URL is required/],
      [['nowhere'], /^nanocat: EINVAL: "nowhere" is not scheme:\/\/address\n$/],
      [[url, '--level', 'headr'], /Invalid value ``headr''[\s\S]*Did you mean header\?\n$/],
      [[url, '--protocol', 'rpe'], /Invalid value ``rpe''[\s\S]*Did you mean rep\?\n$/],
      [[url, '--expct', 'x'], /Unknown option ``--expct''\nDid you mean --expect\?\n$/],
      [[url, '--expect', '/(/'], /^nanocat: EINVAL: option expect is .* regular expression/],
      [[url, '--level', 'fresh', '--protocol', 'rep'], /option protocol is "rep"; allowed is 'pub' at the level fresh/],
      [[url, '--timeout', 'soon'], /requires float point argument/]
    ]
    for (const [words, stderr] of wrong) {
      const outcome = await ours(['health', ...words])
      expect([words, outcome.code, outcome.stdout.length]).toEqual([words, 3, 0])
      expect(outcome.stderr).toMatch(stderr)
    }
  })

  it('CLI-10 has a help of its own', async () => {
    const { code, stdout } = await ours(['health', '--help'])
    expect([code, stdout.toString()]).toEqual([0, expect.stringMatching(/^Usage:\n {4}nanocat health URL/)])
  })
})
