/** How chunks come from a stream to who takes them: past the machinery of streams where nothing waits in it. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { afterEach, describe, expect, it } from 'vitest'
import { receive } from '../../../src/transports/stream/receive.ts'

const open: { destroy(): void }[] = []

afterEach(() => {
  for (const each of open.splice(0)) each.destroy()
})

/** Two ends of a connection: what the first writes arrives at the second. */
async function pair(): Promise<[Socket, Socket]> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const near = connect((server.address() as AddressInfo).port, '127.0.0.1')
  const [far] = (await once(server, 'connection')) as [Socket]
  server.close()
  open.push(near, far)
  return [near, far]
}

/** Collects what is taken, and tells when it is as long as that. */
function collector(): { take(chunk: Buffer): void; text(): string; reaches(length: number): Promise<void> } {
  let text = ''
  let wanted = Number.POSITIVE_INFINITY
  let reached = (): void => {}
  return {
    take(chunk) {
      text += chunk
      if (text.length >= wanted) reached()
    },
    text: () => text,
    reaches: (length) =>
      new Promise((resolve) => {
        wanted = length
        reached = resolve
        if (text.length >= length) resolve()
      })
  }
}

describe('receive', () => {
  it('hands on what a flowing socket reads, without an event', async () => {
    const [near, far] = await pair()
    const { take, text, reaches } = collector()
    let events = 0
    receive(far, take)
    far.on('data', () => events++)
    near.write('one')
    await reaches(3)
    near.write('two')
    await reaches(6)
    expect([text(), events]).toEqual(['onetwo', 0])
  })

  it('loses nothing and keeps the order while a socket pauses and goes on', async () => {
    const [near, far] = await pair()
    const { take, text, reaches } = collector()
    let expected = ''
    receive(far, (chunk) => {
      take(chunk)
      far.pause()
      setImmediate(() => far.resume())
    })
    for (let i = 0; i < 300; i++) {
      const part = `${i},`.repeat(500)
      expected += part
      near.write(part)
    }
    await reaches(expected.length)
    expect(text()).toBe(expected)
  })

  it('tells of the end after the last byte', async () => {
    const [near, far] = await pair()
    const { take, text } = collector()
    receive(far, take)
    near.end('the end')
    await once(far, 'end')
    expect(text()).toBe('the end')
  })

  it('leaves streams alone that are no sockets and read only after what they pushed', async () => {
    const parts = ['one', 'two', 'three'].map((text) => Buffer.from(text))
    const stream = new Duplex({
      read() {
        setImmediate(() => this.push(parts.shift() ?? null))
      }
    })
    open.push(stream)
    const { take, text } = collector()
    receive(stream as Socket, take)
    await once(stream, 'end')
    expect(text()).toBe('onetwothree')
  })
})
