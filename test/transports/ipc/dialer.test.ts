/** Connecting over IPC: a path that is not there yet is tried again, and the wire is as the mapping says. */
import { writeFileSync } from 'node:fs'
import { Pair, Pull, Push } from 'hubless'
import { describe, expect, it } from 'vitest'
import { hex, listenBytes } from '../../helpers/bytes.ts'
import { marry, nextEvent, recordEvents, tempPath, track } from '../../helpers/sockets.ts'

describe('IPC dialer', () => {
  it('IPC-01 sends and takes exactly hello, type byte, length and body', async () => {
    const server = await listenBytes('ipc')
    const pair = track(new Pair())
    pair.connect(server.url)
    const peer = await server.accept()
    expect(await peer.greet(0x10)).toEqual(hex('00 53 50 00 00 10 00 00'))
    await pair.send('ABC')
    expect(await peer.read(12)).toEqual(hex('01 00 00 00 00 00 00 00 03 41 42 43'))
    peer.send('01 00 00 00 00 00 00 00 03 41 42 43')
    expect(String(await pair.recv({ timeout: 5000 }))).toBe('ABC')
  })

  it('IPC-02 (crash list 2) ends its pipe for a wrong type byte, and connects again', async () => {
    const server = await listenBytes('ipc')
    const pull = track(new Pull({ reconnectInterval: 5 }))
    const detached = nextEvent(pull, 'detach')
    pull.connect(server.url)
    const peer = await server.accept()
    await peer.greet(0x50)
    peer.send('00 00 00 00 00 00 00 00 01 41')
    expect((await detached).reason).toBe('malformed')
    const next = await server.accept()
    await next.greet(0x50)
    next.send('01 00 00 00 00 00 00 00 01 42')
    expect(String(await pull.recv({ timeout: 5000 }))).toBe('B')
  })

  it('IPC-06 EP-05 EP-07 tries a missing path again until somebody listens there', async () => {
    const url = `ipc://${tempPath()}`
    const push = track(new Push({ reconnectInterval: 5 }))
    const dialer = push.connect(url)
    const { cause } = await nextEvent(push, 'retry', { where: ({ attempt }) => attempt === 2 })
    expect(cause).toMatchObject({ code: 'ENOENT', endpoint: url })
    await track(new Pull()).bind(url)
    await dialer.whenConnected({ timeout: 5000 })
  })

  it('tries again where there is no socket, and where the directory is missing', async () => {
    const file = tempPath()
    writeFileSync(file, '')
    for (const [path, expected] of [
      [file, 'ECONNREFUSED'],
      [`${tempPath('')}/a.sock`, 'ENOENT']
    ]) {
      const push = track(new Push({ reconnectInterval: 5 }))
      push.connect(`ipc://${path}`)
      const { cause } = await nextEvent(push, 'retry', { where: ({ attempt }) => attempt === 2 })
      expect(cause.code).toBe(expected)
    }
  })

  it('EP-20 shows the path as the address of both ends', async () => {
    const url = `ipc://${tempPath()}`
    const { pipes } = await marry(new Pair(), new Pair(), url)
    for (const pipe of pipes) expect(pipe).toMatchObject({ address: url, info: { local: url, remote: url } })
  })

  it('IPC-07 comes back after its listener was closed and bound again', async () => {
    const url = `ipc://${tempPath()}`
    const [pull, push] = track(new Pull(), new Push({ reconnectInterval: 5 }))
    const { listener } = await marry(pull, push, url)
    const attached = recordEvents(push, 'attach')
    await listener.close()
    await pull.bind(url)
    await push.send('again')
    expect(String(await pull.recv({ timeout: 5000 }))).toBe('again')
    expect(attached).toHaveLength(1)
  })
})
