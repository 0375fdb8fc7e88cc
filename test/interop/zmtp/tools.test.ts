/** The command line and probes with URLs of ZeroMQ. */
import { Rep } from 'hubless'
import { probe } from 'hubless/health'
import 'hubless/zmtp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ours as command, Running } from '../../cli/command.ts'
import { track } from '../../helpers/sockets.ts'
import { freePort } from '../peers/tools.ts'
import { ours, pyzmq, ZmqPeer } from '../peers/zmq.ts'

const listen = 'tcp://127.0.0.1:*'

describe.skipIf(pyzmq.skip)('with libzmq', () => {
  let zmq: ZmqPeer
  beforeAll(async () => {
    zmq = await ZmqPeer.start()
  })
  afterAll(() => zmq[Symbol.asyncDispose]())

  const echoing = (): Promise<string> =>
    zmq.run(`
s = sock('REP', rcvtimeo=-1)
out = bind(s, '${listen}')
def echo(s=s):
    while True: s.send(s.recv().upper())
thread(echo)`)

  it('Z-69 nanocat asks a REP and subscribes to a PUB', async () => {
    const { code, stdout } = await command(['--req', '--connect', ours(await echoing()), '--data', 'hello', '--raw'])
    expect([code, String(stdout)]).toEqual([0, 'HELLO'])
    const url = await zmq.run<string>(`s = sock('XPUB')\nout = bind(s, '${listen}')`)
    const subscriber = new Running(['--sub', '--connect', ours(url), '--subscribe', 'a', '--ascii'])
    expect(await zmq.run("out = recv(s)\ns.send(b'a1')\ns.send(b'b1')\ns.send(b'a2')")).toEqual(['\x01a'])
    expect(await subscriber.printed('a2')).toBe('a1\na2\n')
    await subscriber.end()
  })

  it('Z-69 nanocat device joins SP requesters to a REP of ZeroMQ', async () => {
    const front = `tcp://127.0.0.1:${await freePort()}`
    const device = new Running(['device', '--pattern', 'reqrep', '--in', front, '--out-connect', ours(await echoing())])
    const { stdout } = await command(['--req', '--connect', front, '--data', 'over both', '--raw'])
    expect(String(stdout)).toBe('OVER BOTH')
    await device.end()
  })

  it('Z-70 a probe reads the greeting, and asks', async () => {
    const url = ours(await echoing())
    expect(await probe(url)).toMatchObject({ healthy: true, verdict: 'ok', done: 'header' })
    expect(await probe(url, { level: 'request', request: 'ping', timeout: 5000 })).toMatchObject({
      healthy: true,
      reply: 'PING'
    })
    const rep = track(new Rep())
    const { url: sp } = await rep.bind('tcp://127.0.0.1:0')
    expect(await probe(`zmtp+${sp}`)).toMatchObject({ healthy: false, verdict: 'not-sp' })
    const { url: own } = await rep.bind('zmtp+tcp://127.0.0.1:0')
    expect(await probe(own)).toMatchObject({ healthy: true, done: 'header' })
    const { url: page } = await rep.bind('zmtp+ws://127.0.0.1:0')
    rep.serve(({ body }) => body)
    expect(await probe(page)).toMatchObject({ healthy: true, done: 'accept' })
    expect(await probe(page, { level: 'request', request: 'x', timeout: 5000 })).toMatchObject({
      healthy: true,
      reply: 'x'
    })
  })
})
