/** The patterns over TCP, raw sockets, devices and codecs. */
import assert from 'node:assert/strict'
import { Bus, Pair, Pub, Pull, Push, Rep, Req, Respondent, Sub, Surveyor } from 'hubless'
import { json } from 'hubless/codecs'
import { announce, Directory } from 'hubless/discovery'
import { device, Rep as RawRep, Req as RawReq } from 'hubless/raw'
import type { Feature } from '../feature.ts'

const any = 'tcp://127.0.0.1:0'
const patience = { timeout: 8000 }

async function pair(): Promise<void> {
  const [a, b] = [new Pair(), new Pair()]
  b.connect((await a.bind(any)).url)
  await a.send('there')
  assert.equal(String(await b.recv(patience)), 'there')
  await b.sendBatch(['and', 'back'])
  assert.equal(String(await a.recv(patience)), 'and')
  await Promise.all([a.close(), b.close()])
}

async function pubsub(): Promise<void> {
  const [pub, sub] = [new Pub(), new Sub()]
  sub.subscribe('a')
  sub.connect((await pub.bind(any)).url)
  await pub.waitForPeers(1, patience)
  for (const text of ['b1', 'a1', 'b2', 'a2']) await pub.send(text)
  assert.equal(`${await sub.recv(patience)} ${await sub.recv(patience)}`, 'a1 a2')
  await Promise.all([pub.close(), sub.close()])
}

async function pipeline(): Promise<void> {
  const [push, pulls] = [new Push(), [new Pull(), new Pull()] as const]
  const { url } = await push.bind(any)
  for (const pull of pulls) pull.connect(url)
  await push.waitForPeers(2, patience)
  for (let i = 0; i < 10; i++) await push.send(`${i}`)
  for (const pull of pulls) for (let i = 0; i < 5; i++) await pull.recv(patience)
  await Promise.all([push, ...pulls].map((socket) => socket.close()))
}

async function bus(): Promise<void> {
  const [a, b] = [new Bus(), new Bus()]
  b.connect((await a.bind(any)).url)
  await Promise.all([a.waitForPeers(1, patience), b.waitForPeers(1, patience)])
  await a.send('to all')
  assert.equal(String(await b.recv(patience)), 'to all')
  await Promise.all([a.close(), b.close()])
}

async function survey(): Promise<void> {
  const [surveyor, one, two] = [new Surveyor(), new Respondent(), new Respondent()]
  const { url } = await surveyor.bind(any)
  for (const [name, respondent] of Object.entries({ one, two })) {
    respondent.connect(url)
    respondent.serve(() => name)
  }
  await surveyor.waitForPeers(2, patience)
  const names: string[] = []
  for await (const { body } of surveyor.survey('who?', { deadline: 8000, count: 2 })) names.push(String(body))
  assert.deepEqual(names.sort(), ['one', 'two'])
  await Promise.all([surveyor, one, two].map((socket) => socket.close()))
}

async function devices(): Promise<void> {
  const [front, back] = [new RawRep(), new RawReq()]
  const [req, rep] = [new Req({ codec: json() }), new Rep({ codec: json() })]
  req.connect((await front.bind(any)).url)
  rep.connect((await back.bind('ws://127.0.0.1:0')).url)
  const stop = new AbortController()
  const forwarding = device(front, back, { signal: stop.signal }).catch(() => {})
  rep.serve(({ body }) => body)
  assert.equal(await req.request(7, patience), 7)
  stop.abort()
  await forwarding
  await Promise.all([front, back, req, rep].map((socket) => socket.close()))
}

async function cancellation(): Promise<void> {
  const req = new Req()
  await assert.rejects(req.request('?', { timeout: 20 }), { code: 'ETIMEDOUT' })
  const reason = new Error('enough')
  await assert.rejects(req.request('?', { signal: AbortSignal.abort(reason) }), reason)
  await req.close()
}

async function discovery(): Promise<void> {
  const directory = new Directory()
  const announcement = announce({ name: 'orders', urls: ['tcp://127.0.0.1:9'] })
  announcement.connect((await directory.bind(any)).url)
  await directory.waitForPeers(1, patience)
  for await (const service of directory.find({ name: 'orders', count: 1 })) {
    assert.deepEqual(service.urls, ['tcp://127.0.0.1:9'])
  }
  await Promise.all([directory, announcement].map((socket) => socket.close()))
}

export const patterns: readonly Feature[] = [
  { name: 'PAIR, batches', run: pair },
  { name: 'PUB and SUB', run: pubsub },
  { name: 'PUSH and PULL', run: pipeline },
  { name: 'BUS', run: bus },
  { name: 'SURVEYOR and RESPONDENT', run: survey },
  { name: 'timeouts and signals', run: cancellation },
  { name: '`hubless/raw` and `hubless/codecs`: a device from TCP to WebSocket', run: devices },
  { name: '`hubless/discovery`', run: discovery }
]
