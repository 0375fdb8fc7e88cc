/** Calls of a Broadcast that wait: in which order they go, what bounds them, and how long one pipe is waited for. */
import 'hubless'
import type { Pipe, SocketContext } from 'hubless'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Broadcast } from '../../../src/core/routing/broadcast.ts'
import { hex } from '../../helpers/bytes.ts'

const none = hex('')

/** A Broadcast with one pipe, which takes what it is sent and is full after that. */
function broadcast(sendBuffer = 1000) {
  const context = {
    options: { sendBuffer },
    messagesSent: 0,
    bytesSent: 0,
    closedError: () => new Error('closed'),
    drop: vi.fn()
  }
  const sent: string[] = []
  const pipe = {
    id: 1,
    full: false,
    messagesSent: 0,
    bytesSent: 0,
    send(header: Uint8Array, body: Uint8Array): boolean {
      sent.push(`${Buffer.from(header)}${Buffer.from(body)}`)
      pipe.messagesSent++
      pipe.bytesSent += body.length
      pipe.full = true
      return false
    }
  }
  const one = new Broadcast(context as unknown as SocketContext)
  const { distributor } = one
  distributor.add(pipe as unknown as Pipe)
  const drain = (): void => {
    pipe.full = false
    distributor.writable(pipe as unknown as Pipe)
  }
  const send = (text: string, options?: object): Promise<void> => one.send(none, Buffer.from(text), options)
  return { one, context, pipe, sent, drain, send }
}

beforeEach(() => void vi.useFakeTimers())
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0)
  vi.useRealTimers()
})

async function settled(call: Promise<unknown>): Promise<boolean> {
  let over = false
  const end = (): void => {
    over = true
  }
  call.then(end, end)
  await vi.advanceTimersByTimeAsync(0)
  return over
}

describe('calls that wait', () => {
  it('PS-27 go one by one as there is room, in their order and as they were when they were made', async () => {
    const { one, context, sent, drain, send } = broadcast()
    expect(one.waits).toBe(false)
    await send('a')
    expect(one.waits).toBe(true)
    const header = Buffer.from('h')
    const calls = [one.send(header, Buffer.from('b')), send('c')]
    header.fill(0)
    expect(sent).toEqual(['a'])
    drain()
    await calls[0]
    expect(sent).toEqual(['a', 'hb'])
    drain()
    await calls[1]
    expect(sent).toEqual(['a', 'hb', 'c'])
    expect(context).toMatchObject({ messagesSent: 3, bytesSent: 3 })
    drain()
    expect(one.waits).toBe(false)
    one.close()
  })

  it('PS-27 wait for ten looks at a pipe that is stuck, and for each buffer anew', async () => {
    const { one, context, sent, drain, send } = broadcast()
    await send('x'.repeat(1000))
    const calls = [send('b'), send('c')]
    await vi.advanceTimersByTimeAsync(95)
    drain()
    await calls[0]
    expect(sent).toHaveLength(2)
    // A second has not gone by while it is full again, of less than a buffer.
    await vi.advanceTimersByTimeAsync(1)
    expect(context.messagesSent).toBe(2)
    await vi.advanceTimersByTimeAsync(20)
    await calls[1]
    expect(context.drop).toHaveBeenCalledExactlyOnceWith('queue-full', expect.anything(), 1)
    expect(one.waits).toBe(false)
  })

  it('PS-27 are sent before what does not wait', async () => {
    const { context, one, send } = broadcast()
    await send('a')
    const calls = [send('bb'), send('ccc')]
    const last = send('dddd', { timeout: 0 })
    await Promise.all([...calls, last])
    expect(context.drop.mock.calls.map(([, , size]) => size)).toEqual([2, 3, 4])
    const parked = send('eeeee')
    expect(one.trySend(none, Buffer.from('ffffff'))).toBe(true)
    await parked
    expect(context.drop.mock.calls.slice(3).map(([, , size]) => size)).toEqual([5, 6])
    expect(context).toMatchObject({ messagesSent: 6, bytesSent: 21 })
    one.close()
  })

  it('PS-27 hold a sendBuffer of bytes, and not those of calls that are over', async () => {
    const { one, context, send } = broadcast(100)
    await send('a')
    const timedOut = send('x'.repeat(90), { timeout: 5 })
    const refused = expect(timedOut).rejects.toThrow('send within 5 ms')
    await vi.advanceTimersByTimeAsync(5)
    await refused
    const calls = [send('x'.repeat(99)), send('b')]
    expect(context.messagesSent).toBe(1)
    calls.push(send('c'))
    expect(context.messagesSent).toBe(3)
    expect(await settled(calls[1] as Promise<void>)).toBe(true)
    expect(await settled(calls[2] as Promise<void>)).toBe(false)
    one.close()
    await expect(calls[2]).rejects.toMatchObject({ message: 'closed' })
  })

  it('PS-27 are 1024 at most, without those that are over', async () => {
    const { one, context, send } = broadcast()
    await send('a')
    for (let i = 0; i < 1000; i++) void send('', { timeout: 5 }).catch(() => {})
    await vi.advanceTimersByTimeAsync(5)
    for (let i = 0; i < 1024; i++) void send('').catch(() => {})
    expect(context.messagesSent).toBe(1)
    void send('').catch(() => {})
    expect(context.messagesSent).toBe(1025)
    one.close()
  })

  it('are not looked after when none is left', async () => {
    const { one, drain, send } = broadcast()
    await send('a')
    const call = send('b')
    drain()
    await call
    await vi.advanceTimersByTimeAsync(1000)
    // Nobody waits, so the pipe keeps its patience.
    expect(one.waits).toBe(true)
  })

  it('are checked before they wait', () => {
    const { one, context, send } = broadcast()
    expect(() => send('a', { timeout: -1 })).toThrow('timeout')
    expect(context.messagesSent).toBe(0)
    one.close()
  })
})
