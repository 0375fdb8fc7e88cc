/** `nanocat device`: every pattern between two transports. */
import { Bus, Pair, Pub, Pull, Push, Rep, Req, Respondent, Sub, Surveyor } from 'hubless'
import { describe, expect, it } from 'vitest'
import { tempPath } from '../helpers/sockets.ts'
import { ours, Running } from './command.ts'

const timeout = 5000
/** The device has attached somebody on either side. */
const twoPeers = /(Peer: .*\n[\s\S]*){2}/

async function started(
  pattern: string,
  ...words: string[]
): Promise<{ running: Running; front: string; back: string }> {
  const back = `ipc://${tempPath()}`
  const running = new Running([
    'device',
    '--pattern',
    pattern,
    '--in',
    'tcp://127.0.0.1:0',
    '--out',
    back,
    '-v',
    ...words
  ])
  const said = await running.said(/Listening at: tcp:\S+\n(.*\n)*Listening at: ipc:\S+\n/)
  return { running, front: /tcp:\S+/.exec(said)?.[0] ?? '', back }
}

describe('nanocat device', () => {
  it('forwards requests and replies', async () => {
    const { running, front, back } = await started('reqrep')
    await using req = new Req()
    await using rep = new Rep()
    req.connect(front)
    rep.connect(back)
    void rep.serve(({ body }) => `re: ${body}`)
    expect((await req.request('hello', { timeout })).toString()).toBe('re: hello')
    expect(await running.end()).toMatchObject({ code: 130, stdout: Buffer.alloc(0) })
  })

  it('forwards surveys and answers', async () => {
    const { running, front, back } = await started('survey')
    await using surveyor = new Surveyor()
    await using respondent = new Respondent()
    surveyor.connect(front)
    respondent.connect(back)
    void respondent.serve(() => 'here')
    await running.said(twoPeers)
    const answers: string[] = []
    for await (const { body } of surveyor.survey('who', { count: 1, deadline: timeout })) answers.push(body.toString())
    expect(answers).toEqual(['here'])
    expect((await running.end('SIGTERM')).code).toBe(143)
  })

  it('forwards one way for pipeline and pubsub, both ways for pair and bus', async () => {
    for (const [pattern, sender, receiver] of [
      ['pipeline', new Push(), new Pull()],
      ['pubsub', new Pub(), new Sub()],
      ['pair', new Pair(), new Pair()],
      ['bus', new Bus(), new Bus()]
    ] as const) {
      const { running, front, back } = await started(pattern)
      if (receiver instanceof Sub) receiver.subscribe('')
      sender.connect(front)
      receiver.connect(back)
      await running.said(twoPeers)
      await sender.send(pattern)
      expect((await receiver.recv({ timeout })).toString()).toBe(pattern)
      if (sender instanceof Pair || sender instanceof Bus) {
        if (receiver instanceof Pair || receiver instanceof Bus) await receiver.send('back')
        expect((await sender.recv({ timeout })).toString()).toBe('back')
      }
      await Promise.all([sender.close(), receiver.close()])
      expect((await running.end()).code).toBe(130)
    }
  })

  it('connects to either side where told, and reflects a bus on one socket', async () => {
    await using req = new Req()
    await using rep = new Rep()
    const { url: front } = await req.bind('tcp://127.0.0.1:0')
    const { url: back } = await rep.bind('tcp://127.0.0.1:0')
    const connecting = new Running(['device', '-p', 'reqrep', '--in-connect', front, '--out-connect', back])
    void rep.serve(({ body }) => body)
    expect((await req.request('x', { timeout })).toString()).toBe('x')
    await connecting.end()

    const reflecting = new Running(['device', '-p', 'bus', '--in', 'tcp://127.0.0.1:0', '-v'])
    const hub = /tcp:\S+/.exec(await reflecting.said(/Listening at: \S+\n/))?.[0] ?? ''
    await using a = new Bus()
    await using b = new Bus()
    a.connect(hub)
    b.connect(hub)
    await reflecting.said(twoPeers)
    await a.send('all')
    expect((await b.recv({ timeout })).toString()).toBe('all')
    await reflecting.end()
  })

  it('CLI-07 CLI-13 says what is wrong', async () => {
    const wrong: [string[], number, RegExp][] = [
      [
        ['device'],
        1,
        /^nanocat: At least one of the following required:\n {4}--pattern\n {4}-p\n {4}--in\n {4}--in-connect\n$/
      ],
      [
        ['device', '-p', 'reqrap', '--in', 'inproc://a'],
        1,
        /^nanocat: Invalid value ``reqrap'' for -p[\s\S]*Did you mean reqrep\?\n$/
      ],
      [['device', '-p', 'reqrep', '--in', 'inproc://a'], 1, /^nanocat: Only bus and pair reflect on one socket/],
      [
        ['device', '-p', 'bus', '--in', 'inproc://a', '--outt', 'x'],
        1,
        /Unknown option ``--outt''\nDid you mean --out\?/
      ],
      [['device', '-p', 'bus', '--in', 'nowhere'], 3, /^Can't bind: Invalid argument\nnanocat: EINVAL: /]
    ]
    for (const [words, code, stderr] of wrong) {
      const outcome = await ours(words)
      expect([words.join(' '), outcome.code]).toEqual([words.join(' '), code])
      expect(outcome.stderr).toMatch(stderr)
    }
  })
})
