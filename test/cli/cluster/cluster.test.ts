/** `nanocat cluster` and `nanocat hub`: members in a table, calls by name, and a hub that others meet at. */
import { chmodSync, writeFileSync } from 'node:fs'
import { type Cluster, type ClusterOptions, hub } from 'hubless/cluster'
import { describe, expect, it } from 'vitest'
import { closeLater, member } from '../../helpers/clusters.ts'
import { tempPath } from '../../helpers/temp.ts'
import { type Outcome, ours, Running } from '../command.ts'

interface Meeting {
  readonly url: string
  member(options?: ClusterOptions): Cluster
  cluster(...words: string[]): Promise<Outcome>
  running(...words: string[]): Running
}

async function meeting(words: readonly string[] = [], env: Record<string, string> = {}): Promise<Meeting> {
  const meetingPlace = new Running(['hub', '--bind', 'tcp://127.0.0.1:0', ...words], { env })
  closeLater({ close: () => meetingPlace.end().then(() => {}) })
  const [, url = ''] = /^hub at (\S+)/.exec(await meetingPlace.printed(/^hub at .*\n/)) ?? []
  const all = (given: string[]): string[] => ['cluster', ...given, '--hub', url]
  return {
    url,
    member: (options = {}) => member({ members: hub(url), bind: 'tcp://127.0.0.1:0', ...options }),
    cluster: (...given) => ours(all(given), { env }),
    running: (...given) => new Running(all(given), { env })
  }
}

describe('nanocat cluster', () => {
  it('lists members with name, id, zone, urls, since and what they have done', async () => {
    const at = await meeting()
    const [one, two] = [at.member({ zone: 'eu-1' }), at.member()]
    await one.serve('resize', { request: ({ body }) => body })
    await two.serve('time', { request: () => 'now' })
    await two.request('resize', 'x')
    const { code, stdout, stderr } = await at.cluster()
    expect([code, stderr]).toEqual([0, ''])
    const [head, first, second, ...rest] = stdout.toString().trimEnd().split('\n')
    expect(head?.split(/\s+/)).toEqual([
      'NAME',
      'ID',
      'ZONE',
      'SINCE',
      'OUT',
      'HANDLED',
      'RATE/S',
      'MS',
      'FAILED',
      'DROPPED',
      'URLS'
    ])
    const cells = first?.split(/\s+/) ?? []
    expect(cells.slice(0, 3)).toEqual(['resize', one.id.slice(0, 8), 'eu-1'])
    expect(cells.slice(4, 7)).toEqual(['0', '1', '-'])
    expect(cells.at(-1)).toMatch(/^tcp:\/\/127\.0\.0\.1:\d+$/)
    expect(second).toMatch(new RegExp(`^time +${two.id.slice(0, 8)} +- `))
    expect(rest).toEqual([])
  })

  it('says that nobody is there', async () => {
    const at = await meeting()
    expect(await at.cluster('--network', 'empty')).toMatchObject({
      code: 0,
      stdout: Buffer.from('no members in the network empty\n')
    })
  })

  it('prints a JSON object for each member', async () => {
    const at = await meeting()
    const one = at.member()
    await one.serve('resize', { request: () => '' }, { metadata: { version: '2' } })
    const { stdout } = await at.cluster('--json')
    expect(JSON.parse(stdout.toString())).toMatchObject({
      id: one.id,
      name: 'resize',
      metadata: { version: '2' },
      outstanding: 0,
      handled: 0,
      answers: true
    })
  })

  it('watches: members that come and go show in the next table, with rates', async () => {
    const at = await meeting()
    const one = at.member()
    await one.serve('first', { request: () => '' })
    const watching = at.running('--watch', '--interval', '100ms')
    await watching.printed(/first/)
    const two = at.member()
    await two.serve('second', { request: () => '' })
    await watching.printed(/second/)
    await two.close()
    await watching.printed(/second[\s\S]*\nNAME[^\n]*\nfirst[^\n]*\n\n/)
    const { code, stdout } = await watching.end()
    expect(code).toBe(130)
    expect(stdout.toString()).not.toContain('\x1b')
  })

  it('escapes what members chose', async () => {
    const at = await meeting()
    await at.member().serve('resize', { request: () => '' }, { metadata: { version: '\x1b[2J\u202e' } })
    const { stdout } = await at.cluster('--json')
    expect(stdout.toString()).toContain('\\u001b[2J\\u202e')
    expect(stdout.toString()).not.toContain('\x1b')
  })

  it('requests, and prints the answer with a line break or as it is', async () => {
    const at = await meeting()
    await at.member().serve('upper', { request: ({ body }) => String(body).toUpperCase() })
    expect((await at.cluster('request', 'upper', '-D', 'hello')).stdout.toString()).toBe('HELLO\n')
    expect((await at.cluster('request', 'upper', '-D', 'hello', '--raw')).stdout.toString()).toBe('HELLO')
    const { stdout } = await at.cluster('request', 'upper', '-D', 'hello', '--json')
    expect(JSON.parse(stdout.toString())).toMatchObject({ size: 5, encoding: 'text', body: 'HELLO' })
    const path = tempPath()
    writeFileSync(path, 'from a file')
    expect((await at.cluster('request', 'upper', '--file', path)).stdout.toString()).toBe('FROM A FILE\n')
  })

  it('says why a request failed, with exit code 3', async () => {
    const at = await meeting()
    await at.member().serve('broken', {
      request: () => {
        throw new Error('no\x1b[31m luck')
      }
    })
    expect(await at.cluster('request', 'broken')).toMatchObject({
      code: 3,
      stderr: 'nanocat: EREMOTE: the handler of broken failed: Error: no\\x1b[31m luck\n'
    })
    expect(await at.cluster('request', 'absent', '--timeout', '200ms')).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(/no member of absent seen/)
    })
  })

  it('broadcasts, surveys, publishes and subscribes', async () => {
    const at = await meeting()
    const [one, two] = [at.member(), at.member()]
    const got: string[] = []
    for (const cluster of [one, two]) {
      await cluster.serve('news', {
        broadcast: ({ body }) => void got.push(String(body)),
        survey: ({ body }) => `${body}!`
      })
    }
    expect((await at.cluster('broadcast', 'news', '-D', 'hear')).stdout.toString()).toBe('handed to 2\n')
    expect(got).toEqual(['hear', 'hear'])
    const survey = await at.cluster('survey', 'news', '-D', 'well', '--json')
    const answers = survey.stdout
      .toString()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, string>)
    expect(answers.map(({ body }) => body)).toEqual(['well!', 'well!'])
    expect(new Set(answers.map(({ from }) => from))).toEqual(new Set([one.id, two.id]))
    expect(await at.cluster('survey', 'absent', '--timeout', '100ms')).toMatchObject({ code: 3 })

    const listening = at.running('subscribe', 'prices/', '--count', '2', '--bind', 'tcp://127.0.0.1:0')
    // In force once somebody gets it.
    while ((await one.publish('prices/oil', '7')) === 0) await new Promise(setImmediate)
    const { stdout } = await at.cluster('publish', 'prices/tea', '-D', '9')
    expect(stdout.toString()).toBe('handed to 1\n')
    expect((await listening.done).stdout.toString()).toBe('prices/oil 7\nprices/tea 9\n')
  }, 20_000)

  it.each([
    [['frobnicate', 'x'], /Unknown command ``frobnicate''/],
    [['reqest', 'x'], /Did you mean request\?/],
    [['request'], /request requires the name of a service/],
    [['publish'], /publish requires a topic/],
    [['request', 'a', 'b'], /Unexpected argument ``b''/],
    [['request', 'a b'], /the name of a service is "a b"/],
    [['--network', 'a b'], /option network is "a b"/],
    [['--dns', 'name'], /option port is missing/],
    [['--hub', 'nonsense'], /hub/]
  ])('%j is a mistake that it explains', async (words, message) => {
    expect(await ours(['cluster', ...words])).toMatchObject({ code: 1, stderr: expect.stringMatching(message) })
  })
})

describe('the key of a network', () => {
  const key = 'correct horse battery staple'

  it('comes from a file or the environment, and without it nobody is seen', async () => {
    const path = tempPath()
    writeFileSync(path, `${key}\n`)
    chmodSync(path, 0o600)
    const at = await meeting(['--network', 'shop', '--key-file', path])
    await at.member({ network: 'shop', key }).serve('resize', { request: () => 'fine' })
    const words = ['cluster', 'request', 'resize', '--network', 'shop', '--hub', at.url]
    expect(await ours([...words, '--key-file', path])).toMatchObject({ code: 0, stderr: '' })
    expect(await ours(words, { env: { HUBLESS_KEY: key } })).toMatchObject({ code: 0, stderr: '' })
    const wrong = await ours([...words, '--timeout', '500ms'], { env: { HUBLESS_KEY: `${key}!` } })
    expect(wrong.code).toBe(3)
  })

  it('that others can read is remarked on, and one that is too short refused', async () => {
    const path = tempPath()
    writeFileSync(path, key)
    chmodSync(path, 0o644)
    const open = new Running(['hub', '--bind', 'tcp://127.0.0.1:0', '--key-file', path])
    expect(await open.said('\n')).toMatch(/can be read by others/)
    await open.end()
    writeFileSync(path, 'short\n')
    chmodSync(path, 0o600)
    expect(await ours(['hub', '--bind', 'tcp://127.0.0.1:0', '--key-file', path])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/holds no key/)
    })
  })

  it('stands in no option', async () => {
    for (const command of ['hub', 'cluster']) {
      expect(await ours([command, '--key', 'x'])).toMatchObject({ code: expect.any(Number) })
      const { stdout } = await ours([command, '--help'])
      expect(stdout.toString()).not.toMatch(/--key[ ,]/)
    }
  })
})

describe('nanocat hub', () => {
  it('requires an address, and ends in good order', async () => {
    expect(await ours(['hub'])).toMatchObject({ code: 1, stderr: expect.stringMatching(/--bind/) })
    const running = new Running(['hub', '--bind', 'tcp://127.0.0.1:0', '--bind', 'tcp://127.0.0.1:0'])
    await running.printed(/hub at[\s\S]*hub at/)
    expect(await running.end('SIGTERM')).toMatchObject({ code: 143, stderr: '' })
  })

  it('says that anyone can join where it has no key and is not private', async () => {
    const running = new Running(['hub', '--bind', 'tcp://*:0'])
    expect(await running.said('\n')).toMatch(/without a key everyone who reaches tcp:\/\/\S+ can join/)
    await running.end()
  })

  it('says what is wrong with an address, with exit code 3', async () => {
    expect(await ours(['hub', '--bind', 'tcp://127.0.0.1:99999'])).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(/^Can't bind/)
    })
  })
})
