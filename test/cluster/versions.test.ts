/**
 * What members of 1.0 say, byte for byte, as it was when it came out. Members of two minor versions that follow each other
 * understand each other (docs/versioning.md): what stands here is added to, and never changed.
 */
import type { Body, Pipe } from 'hubless'
import { fixed, type Tunnel } from 'hubless/cluster'
import { describe, expect, it } from 'vitest'
import { readSeen } from '../../src/cluster/engine/json.ts'
import { Beacons } from '../../src/cluster/membership/beacon.ts'
import { directoryCodec, serviceCodec } from '../../src/discovery/messages.ts'
import { member } from '../helpers/clusters.ts'
import { eventually } from '../helpers/sockets.ts'
import { type Heard, stranger } from '../helpers/stranger.ts'

const hex = (digits: string): Body => Buffer.from(digits.replaceAll(' ', ''), 'hex') as Body
const said = (digits: string, body = ''): Body => Buffer.concat([hex(digits), Buffer.from(body)]) as Body
const none = Buffer.alloc(0) as Body

const who = '"v":1,"network":"default","id":"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb","zone":"","max":1048576'
const since = '2025-11-29T12:00:00.000Z'
const added = `{"number":1,"name":"work","metadata":{"version":"2"},"since":"${since}"}`
const hello = (role = 'calls', more = ''): Body => said('01 000000 00000000', `{${who},"role":"${role}"${more}}`)
const state = (more = '', of = ''): Body =>
  said('02 000000 00000001', `{${who},"add":[${added.replace('}', `}${of}`)}],"subscribe":["prices/"]${more}}`)

/** What a later version may say besides: fields, in every object, and a type of message. */
const news = ',"compress":["zstd"],"later":{"deep":[1]}'
const unknownMessage = said('63 000007 00000009', 'of a later version')

const kindOf = ({ word }: Heard): number => word >>> 24

/** A member of today that serves `work`, and a caller of 1.0 that is connected to it and has greeted. */
async function called(greeting: Body = hello()) {
  const service = member({ bind: 'tcp://127.0.0.1:0', members: fixed([]) })
  const tunnels: Tunnel[] = []
  const heard: string[] = []
  await service.serve('work', {
    request: ({ body }) => {
      if (String(body) === 'bad') throw Object.assign(new TypeError('no'), { code: 'EBAD' })
      return `done ${body}`
    },
    survey: ({ body }) => `seen ${body}`,
    broadcast: ({ body }) => void heard.push(`broadcast ${body}`),
    tunnel: async (tunnel) => {
      tunnels.push(tunnel)
      await tunnel.closed
    }
  })
  const prices = await service.subscribe('prices/')
  void (async () => {
    for await (const { topic, body } of prices) heard.push(`${topic} ${body}`)
  })()
  const { socket, received, pipes } = stranger()
  await socket.connect(service.urls[0] as string).whenConnected()
  const say = (message: Body): void => void pipes[0]?.send(message, none)
  say(greeting)
  await eventually(() => received.length > 0)
  const hears = async (kind: number, number: number): Promise<string> => {
    const find = (): Heard | undefined => received.find((one) => kindOf(one) === kind && one.number === number)
    await eventually(() => find() !== undefined)
    return (find() as Heard).body
  }
  return { service, received, heard, tunnels, say, hears }
}

/** A caller of today, connected to a member of 1.0 that serves `work`. */
async function calling(description: Body = state()) {
  const { socket, received, pipes } = stranger((pipe) => pipe.send(description, none))
  const { url } = await socket.bind('tcp://127.0.0.1:0')
  const caller = member({ members: fixed([url]) })
  await eventually(() => caller.members('work').length === 1)
  const say = (message: Body): void => void (pipes.at(-1) as Pipe).send(message, none)
  const hears = async (kind: number): Promise<Heard> => {
    await eventually(() => received.some((one) => kindOf(one) === kind))
    return received.find((one) => kindOf(one) === kind) as Heard
  }
  return { caller, received, say, hears }
}

const numbered = (kind: string, number: number, body = ''): Body =>
  said(`${kind} ${number.toString(16).padStart(8, '0')}`, body)

describe('a caller of 1.0', () => {
  it('is told what is served, and its calls of every kind are understood', async () => {
    const { received, heard, say, hears } = await called()
    const [first] = received as [Heard]
    expect([first.word, first.number]).toEqual([0x02000000, 1])
    expect(JSON.parse(first.body)).toMatchObject({ v: 1, network: 'default', zone: '', max: expect.any(Number) })
    const { add, subscribe } = JSON.parse(first.body) as {
      add: { name: string; number: number }[]
      subscribe: string[]
    }
    expect(add.find(({ name }) => name === 'work')).toMatchObject({
      number: 1,
      metadata: {},
      since: expect.any(String)
    })
    expect(subscribe).toEqual(['prices/'])
    say(said('03 000000 00000001'))
    say(said('04 000000 00000005'))
    expect(await hears(0x05, 5)).toBe('')
    say(said('10 000001 00010000 ffffffff', 'it'))
    expect(await hears(0x20, 0x10000)).toBe('done it')
    say(said('10 000001 00010001 00001388', 'bad'))
    expect(JSON.parse(await hears(0x21, 0x10001))).toEqual({ name: 'TypeError', code: 'EBAD', message: 'no' })
    say(said('11 000001 00010002 00001388', 'it'))
    expect(await hears(0x20, 0x10002)).toBe('seen it')
    say(said('12 000001 00000000 00000000', 'to all'))
    say(said('14 00000a', 'prices/oil42'))
    await eventually(() => heard.length === 2)
    expect(heard).toEqual(['broadcast to all', 'prices/oil 42'])
    say(said('10 00ffff 00010003 00001388', 'nobody'))
    await hears(0x21, 0x10003)
    expect(received.find(({ number }) => number === 0x10003)?.word).toBe(0x21000003)
  })

  it('has its tunnel: frames both ways, credit, and both ends', async () => {
    const { received, tunnels, say, hears } = await called(hello('tunnels'))
    say(said('15 000001 00000007 ffffffff'))
    await hears(0x22, 7)
    const frames = (type: number): string[] =>
      received.filter((one) => kindOf(one) === 0x30 && one.body.charCodeAt(0) === type).map(({ body }) => body)
    await eventually(() => frames(1).length === 1)
    const [tunnel] = tunnels as [Tunnel]
    say(said('30 000000 00000007 01000000 00010000 00100000'))
    say(said('30 000000 00000007 02030000 00000005 00000000', 'hello'))
    expect(String(await tunnel.recv())).toBe('hello')
    await tunnel.send('back')
    await eventually(() => frames(2).length === 1)
    expect(frames(2)).toEqual(['\x02\x03\0\0\0\0\0\x04\0\0\0\0back'])
    // Of a later version, and nothing that ends the tunnel.
    say(said('30 000000 00000007 77000000 00000000 00000000', 'new'))
    say(said('30 000000 00000007 04000000 00000000 00000000'))
    expect(await tunnel.recv()).toBeUndefined()
    await eventually(() => frames(5).length === 1)
    void tunnel.end()
    await eventually(() => frames(4).length === 1)
    say(said('30 000000 00000007 05000000 00000000 00000000'))
    await tunnel.closed
    expect(tunnel.failure).toBeUndefined()
  })
})

describe('a member of 1.0', () => {
  it('is called: what it offers is understood, its answers and failures arrive', async () => {
    const { caller, received, say, hears } = await calling()
    const greeting = received.find((one) => kindOf(one) === 0x01) as Heard
    expect([greeting.word, greeting.number]).toEqual([0x01000000, 0])
    expect(JSON.parse(greeting.body)).toEqual({
      v: 1,
      network: 'default',
      id: caller.id,
      zone: '',
      max: expect.any(Number),
      role: 'calls'
    })
    expect((await hears(0x03)).number).toBe(1)
    expect(caller.members('work')).toMatchObject([{ metadata: { version: '2' }, since, id: 'b'.repeat(32) }])
    const answer = caller.request('work', 'it', { timeout: Number.POSITIVE_INFINITY })
    const request = await hears(0x10)
    expect(request.word).toBe(0x10000001)
    expect(request.body).toBe('\ufffd\ufffd\ufffd\ufffdit')
    say(numbered('20 000000', request.number, 'done'))
    expect(String(await answer)).toBe('done')
    expect(await caller.publish('prices/oil', '42')).toBe(1)
    expect(await hears(0x14)).toMatchObject({ word: 0x1400000a, body: 'es/oil42' })
    for (const [code, name] of ['EREMOTE', 'EBUSY', 'ENOTSUP', 'EHOSTUNREACH', 'ETIMEDOUT', 'EMSGSIZE'].entries()) {
      received.length = 0
      const failure = caller.request('work', 'it', { timeout: 300 }).catch((error: unknown) => error)
      const { number } = await hears(0x10)
      say(numbered(`21 00000${code}`, number, code === 0 ? '{"name":"E","code":"","message":"m"}' : ''))
      // A member that left is waited for: nobody answers until the time is over.
      expect(await failure).toMatchObject({ code: name })
      say(numbered('02 000000', 2, `{${who},"add":[${added}]}`))
      await eventually(() => caller.members('work').length === 1)
    }
  })
})

describe('a later version', () => {
  it('may say more of itself in HELLO and STATE, and send what nobody knows: counted, and left alone', async () => {
    const { service, say, hears } = await called(hello('calls', news))
    const before = service.stats().drops.malformed ?? 0
    say(unknownMessage)
    say(said('10 000001 00010000 ffffffff', 'it'))
    expect(await hears(0x20, 0x10000)).toBe('done it')
    expect(service.stats().drops.malformed).toBe(before + 1)

    const later = await calling(state(news, news))
    later.say(unknownMessage)
    const answer = later.caller.request('work', 'it')
    later.say(numbered('20 000000', (await later.hears(0x10)).number, 'done'))
    expect(String(await answer)).toBe('done')
    expect(later.caller.stats().drops.malformed).toBe(1)
    const [seen] = later.caller.members('work')
    expect(Object.keys(seen ?? {})).not.toContain('compress')
  })

  it('that cannot be understood says so by `v`, and is no member', async () => {
    const { socket } = stranger((pipe) => pipe.send(said(`02 000000 00000001`, `{${who.replace('1', '2')}}`), none))
    const { url } = await socket.bind('tcp://127.0.0.1:0')
    const caller = member({ members: fixed([url]) })
    await eventually(() => (caller.stats().drops.malformed ?? 0) > 0)
    await expect(caller.request('work', '', { failFast: true })).rejects.toMatchObject({ code: 'EHOSTUNREACH' })
  })
})

describe('what finds members', () => {
  it('a datagram of 1.0 is read, also with fields of a later version', () => {
    const now = 1_764_417_600_000
    const fields = `"n":"shop","i":"${'b'.repeat(32)}","u":["tcp://192.0.2.1:5555"],"t":${now},"f":false`
    const beacon = { id: 'b'.repeat(32), urls: ['tcp://192.0.2.1:5555'], farewell: false }
    expect(new Beacons('shop', []).write(beacon, now).map(String)).toEqual([`\0{${fields}}`])
    for (const more of ['', news]) {
      expect(new Beacons('shop', []).read(said('00', `{${fields}${more}}`), now)).toEqual(beacon)
    }
    const sealed =
      '01bd2b7963272c6902a7ae776b70bb2da12f2de756c1dce50caa24b42feb515e1322f74276a63304e9173f524497321e1624b9ed88e6cf8954' +
      '864697690cbfd557d59b1615150ea58993ab994d7594b649804b4d37fc2fbe47fb06c5e98c143fabd5c221d0f123a5037fd6f45ad8aeb4bb0d' +
      'b7a82ad3de8b1204719e662c29bf7aebfc803b76088344'
    expect(new Beacons('shop', [Buffer.alloc(32, 7)]).read(hex(sealed), now)).toEqual(beacon)
  })

  it('what a hub of 1.0 tells is read, also with fields of a later version', () => {
    const id = 'c'.repeat(32)
    for (const more of ['', news]) {
      const service = `{"name":"work","metadata":{},"since":"${since}"${more}}`
      const up = `{"id":"${id}","urls":["tcp://192.0.2.1:5555"],"zone":"eu","services":[${service}],"subscribes":true${more}}`
      const told = `{"hub":"${'d'.repeat(32)}","all":true,"up":[${up}],"down":[{"id":"${id}","reason":"left"${more}}]${more}}`
      expect(readSeen(Buffer.from(told) as Body)).toMatchObject({
        faults: 0,
        hub: 'd'.repeat(32),
        seen: {
          all: true,
          up: [
            { id, urls: ['tcp://192.0.2.1:5555'], zone: 'eu', subscribes: true, services: [{ name: 'work', since }] }
          ],
          down: [{ id, reason: 'left' }]
        }
      })
    }
  })

  it('questions and answers of discovery of 1.0 are read, also with fields of a later version', () => {
    const about = { id: 'x', name: 'time', version: '1.2.0' }
    for (const more of ['', news]) {
      const question = `{"type":"hubless.discovery.v1.question","verb":"INFO","name":"time"${more}}`
      expect(serviceCodec.decode(Buffer.from(question))).toEqual({ verb: 'INFO', name: 'time', id: undefined })
      const answer = `{"type":"hubless.discovery.v1.info","id":"x","name":"time","version":"1.2.0","urls":["tcp://192.0.2.1:5"],"metadata":{"a":"b"},"started":"${since}"${more}}`
      expect(directoryCodec.decode(Buffer.from(answer))).toEqual({
        verb: 'INFO',
        ...about,
        urls: ['tcp://192.0.2.1:5'],
        metadata: { a: 'b' },
        started: since
      })
    }
    expect(() => serviceCodec.decode(Buffer.from('{"type":"hubless.discovery.v2.question","verb":"INFO"}'))).toThrow()
  })
})
