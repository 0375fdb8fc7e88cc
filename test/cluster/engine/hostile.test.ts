/** What does not follow the wire format, sent to a member, a caller and a hub. */
import { randomBytes } from 'node:crypto'
import type { Body, Pipe } from 'hubless'
import { fixed, Hub, hub } from 'hubless/cluster'
import { describe, expect, it } from 'vitest'
import { header2, header3, type } from '../../../src/cluster/engine/wire.ts'
import { closeLater, member } from '../../helpers/clusters.ts'
import { eventually } from '../../helpers/sockets.ts'
import { json, stranger } from '../../helpers/stranger.ts'

const none = Buffer.alloc(0) as Body
const hello = { v: 1, network: 'default', id: 'b'.repeat(32), zone: '', max: 1000, role: 'calls' }

const damage: readonly (readonly [Uint8Array, Body])[] = [
  [Buffer.alloc(0), none],
  [Buffer.alloc(3), none],
  [Buffer.alloc(4), none],
  [header2(255, 0, 0).slice(), json({})],
  [header2(type.REQUEST, 1, 1).slice(), none],
  [header3(type.REQUEST, 0xffffff, 7, 100).slice(), none],
  [header2(type.OPEN, 0xffffff, 8).slice(), none],
  [header2(type.FRAME, 0, 9).slice(), none],
  [header2(type.PUBLISH, 0xffff, 0).slice(), none],
  [header2(type.ACK, 0, 99).slice(), none],
  [header2(type.ANNOUNCE, 0, 1).slice(), json({ id: 'x' })],
  [header2(type.ANNOUNCE, 0, 2).slice(), Buffer.from('{') as Body],
  [header2(type.STATE, 0, 1).slice(), json({ v: 9 })],
  [header2(type.ANSWER, 0, 99).slice(), none],
  [header2(type.FAILURE, 77, 99).slice(), none],
  [header2(type.SEEN, 0, 1).slice(), json({ up: 7 })]
]

describe('damaged messages', () => {
  it('I-49 at a member are counted before and after the greeting, and stop nobody', async () => {
    const service = member({ bind: 'tcp://127.0.0.1:0', members: fixed([]) })
    await service.serve('work', { request: () => 'here' })
    const { socket, received, pipes } = stranger()
    await socket.connect(service.urls[0] as string).whenConnected()
    const [pipe] = pipes as [Pipe]
    for (const body of [
      none,
      json(7),
      json({ ...hello, v: 2 }),
      json({ ...hello, id: 'x' }),
      json({ ...hello, role: 'x' })
    ]) {
      pipe.send(header2(type.HELLO, 0, 0), body)
    }
    for (const [header, body] of damage) pipe.send(header, body)
    await eventually(() => (service.stats().drops.malformed ?? 0) >= damage.length)
    expect(received).toEqual([])
    pipe.send(header2(type.HELLO, 0, 0), json(hello))
    await eventually(() => received.length === 1)
    for (const [header, body] of damage) pipe.send(header, body)
    for (let i = 0; i < 2000; i++) pipe.send(randomBytes(i % 20), randomBytes(i % 50) as Body)
    pipe.send(header3(type.REQUEST, 1, 1, 1000), Buffer.from('fine') as Body)
    await eventually(() => received.some(({ body }) => body === 'here'))
    // A service that is not there is refused, so that a caller can go elsewhere.
    expect(received.some(({ word, number }) => word >>> 24 === type.FAILURE && number === 7)).toBe(true)
    const caller = member({ members: fixed([...service.urls]) })
    expect(String(await caller.request('work', ''))).toBe('here')
  })

  it('I-05 I-49 a caller of another network is not let in', async () => {
    const service = member({ bind: 'tcp://127.0.0.1:0', members: fixed([]) })
    await service.serve('work', { request: () => 'here' })
    const { socket, received } = stranger((pipe) => {
      pipe.send(header2(type.HELLO, 0, 0), json({ ...hello, network: 'other' }))
      pipe.send(header3(type.REQUEST, 1, 1, 1000), none)
    })
    const ended = new Promise((resolve) => socket.once('detach', resolve))
    socket.connect(service.urls[0] as string)
    await ended
    expect(received).toEqual([])
    expect(service.stats().services[0]?.handled).toBe(0)
  })

  it('I-49 at a caller are counted, and whoever sends a wrong greeting is no member', async () => {
    const state = { v: 1, network: 'default', id: 'c'.repeat(32), zone: '', max: 1000 }
    const service = { number: 1, name: 'work', metadata: {}, since: new Date().toISOString() }
    for (const wrong of [{}, { ...state, network: 'other' }, { ...state, add: [{ ...service, name: 'a b' }] }]) {
      const { socket } = stranger((pipe) => pipe.send(header2(type.STATE, 0, 1), json(wrong)))
      const { url } = await socket.bind('tcp://127.0.0.1:0')
      const caller = member({ members: fixed([url]) })
      await eventually(() => (caller.stats().drops.malformed ?? 0) > 0)
      await expect(caller.request('work', '', { failFast: true })).rejects.toMatchObject({ code: 'EHOSTUNREACH' })
    }
    const { socket, pipes } = stranger((pipe) =>
      pipe.send(header2(type.STATE, 0, 1), json({ ...state, add: [service] }))
    )
    const { url } = await socket.bind('tcp://127.0.0.1:0')
    const caller = member({ members: fixed([url]) })
    await eventually(() => caller.members('work').length === 1)
    for (const [header, body] of damage) if (header[0] !== type.STATE) pipes[0]?.send(header, body)
    await eventually(() => (caller.stats().drops.late ?? 0) >= 2)
    expect(caller.stats().drops.malformed).toBeGreaterThan(3)
    expect(caller.members('work')).toHaveLength(1)
    await expect(caller.request('work', '', { timeout: 50 })).rejects.toMatchObject({ code: 'ETIMEDOUT' })
  })

  it('a failure of a kind that is not known ends its call at once', async () => {
    const state = { v: 1, network: 'default', id: 'd'.repeat(32), zone: '', max: 1000 }
    const service = { number: 1, name: 'work', metadata: {}, since: new Date().toISOString() }
    const { socket, received, pipes } = stranger((pipe) =>
      pipe.send(header2(type.STATE, 0, 1), json({ ...state, add: [service] }))
    )
    const { url } = await socket.bind('tcp://127.0.0.1:0')
    const caller = member({ members: fixed([url]) })
    await eventually(() => caller.members('work').length === 1)
    const failed = expect(caller.request('work', '', { timeout: 60_000 })).rejects.toMatchObject({ code: 'EREMOTE' })
    const isRequest = ({ word }: { word: number }): boolean => word >>> 24 === type.REQUEST
    await eventually(() => received.some(isRequest))
    pipes[0]?.send(header2(type.FAILURE, 77, received.find(isRequest)?.number ?? 0), none)
    await failed
  })

  it('I-49 at a hub are counted, and nobody hears of them', async () => {
    const meeting = closeLater(new Hub())
    const url = await meeting.bind('tcp://127.0.0.1:0')
    const service = member({ members: hub(url) })
    await service.serve('work', { request: () => 'here' })
    const { socket, pipes } = stranger()
    await socket.connect(url).whenConnected()
    const [pipe] = pipes as [Pipe]
    for (const [header, body] of damage) pipe.send(header, body)
    pipe.send(header2(type.HELLO, 0, 0), json({ ...hello, role: 'watch' }))
    for (const [header, body] of damage) pipe.send(header, body)
    // In the name of another instance.
    const since = new Date().toISOString()
    const lie = { id: service.id, urls: ['tcp://127.0.0.1:1'], services: [{ name: 'work', metadata: {}, since }] }
    pipe.send(header2(type.ANNOUNCE, 0, 3), json(lie))
    await eventually(() => meeting.stats().refused >= damage.length)
    expect(meeting.members()).toHaveLength(1)
    const caller = member({ members: hub(url) })
    expect(String(await caller.request('work', ''))).toBe('here')
    expect(caller.members()).toHaveLength(1)
  })
})
