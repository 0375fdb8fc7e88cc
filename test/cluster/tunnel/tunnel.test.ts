/** Tunnels: messages both ways in order, no faster than they are taken, and ends that tell the truth. */
import type { Tunnel } from 'hubless/cluster'
import { describe, expect, it } from 'vitest'
import { member, startMember } from '../../helpers/clusters.ts'
import { memoryInUse } from '../../helpers/memory.ts'
import { code } from '../../helpers/messages.ts'
import { eventually, isPending } from '../../helpers/sockets.ts'

/** Both ends of one tunnel between two instances. */
async function pair(
  options: { credit?: number; maxSize?: number } = {}
): Promise<{ near: Tunnel; far: Tunnel; done: () => void }> {
  const settings = { tunnelCredit: options.credit, tunnelMaxSize: options.maxSize }
  const [caller, service] = [member(settings), member(settings)]
  let done: () => void = () => {}
  const accepted = new Promise<Tunnel>((resolve) => {
    void service.serve('pipe', {
      tunnel: (tunnel) => {
        resolve(tunnel)
        return new Promise<void>((finished) => {
          done = finished
        })
      }
    })
  })
  const near = await caller.tunnel('pipe')
  return { near, far: await accepted, done }
}

describe('a tunnel', () => {
  it('I-28 carries 10,000 messages of 0 B to 10 MiB once, in order, with their borders', async () => {
    const { near, far } = await pair()
    const sizes = Array.from({ length: 10_000 }, (_, i) => (i % 2500 === 7 ? 10 * 1048576 : (i * 37) % 3000))
    const sending = (async () => {
      for (const [index, size] of sizes.entries()) await near.send(Buffer.alloc(size, index))
      await near.end()
    })()
    let count = 0
    for await (const body of far) {
      const size = sizes[count] as number
      if (body.length !== size || (size > 0 && (body[0] !== count % 256 || body[size - 1] !== count % 256))) {
        throw new Error(`message ${count} has ${body.length} bytes and begins with ${body[0]}`)
      }
      count++
    }
    await sending
    expect(count).toBe(10_000)
  }, 30_000)

  it('I-29 goes both ways at once, and one direction may end before the other', async () => {
    const { near, far } = await pair()
    await Promise.all([near.send('there'), far.send('back')])
    expect([String(await far.recv()), String(await near.recv())]).toEqual(['there', 'back'])
    await near.end()
    expect(await far.recv()).toBeUndefined()
    await expect(near.send('more')).rejects.toEqual(code('EBADF'))
    await far.send('still open')
    expect(String(await near.recv())).toBe('still open')
    await far.end()
    expect(await near.recv()).toBeUndefined()
    expect([near.failure, far.failure]).toEqual([undefined, undefined])
    await eventually(() => near.state === 'closed' && far.state === 'closed')
  })

  it('I-30 stops its sender within the credit, and costs no more memory than that', async () => {
    const credit = 1048576
    const { near, far } = await pair({ credit })
    const before = await memoryInUse()
    const chunk = (): Buffer => Buffer.alloc(10_000, 1)
    let sent = 0
    for (;;) {
      const sending = near.send(chunk())
      if (await isPending(sending, 50)) {
        sending.catch(() => {})
        break
      }
      sent++
    }
    expect(sent * 10_000).toBeLessThanOrEqual(credit)
    expect(sent * 10_000).toBeGreaterThan(credit * 0.9)
    await eventually(() => far.waiting > credit * 0.9)
    expect(far.waiting).toBeLessThanOrEqual(credit)
    expect((await memoryInUse()) - before).toBeLessThan(credit * 2 + 2 * 65_536 + 1_000_000)
    for (let i = 0; i <= sent; i++) expect((await far.recv())?.length).toBe(10_000)
  })

  it('I-30 lets a message through that is larger than the credit, once somebody waits for it', async () => {
    const { near, far } = await pair({ credit: 65_536 })
    const sending = near.send(Buffer.alloc(1_000_000, 7))
    expect(await isPending(sending, 50)).toBe(true)
    expect(far.waiting).toBeLessThanOrEqual(65_536)
    expect((await far.recv())?.equals(Buffer.alloc(1_000_000, 7))).toBe(true)
    await sending
  })

  it('refuses what the other end does not take', async () => {
    const { near } = await pair({ maxSize: 1000 })
    await expect(near.send(Buffer.alloc(1001))).rejects.toEqual(code('EMSGSIZE'))
    await near.send(Buffer.alloc(1000))
  })

  it('withdraws a message that was not taken in time, and goes on with the next', async () => {
    const { near, far } = await pair({ credit: 65_536 })
    await expect(near.send(Buffer.alloc(300_000), { timeout: 50 })).rejects.toEqual(code('ETIMEDOUT'))
    const gone = new AbortController()
    const aborted = near.send(Buffer.alloc(300_000), { signal: gone.signal })
    gone.abort(new Error('never mind'))
    await expect(aborted).rejects.toThrow('never mind')
    const next = near.send('next')
    expect(String(await far.recv())).toBe('next')
    await next
    await expect(far.recv({ timeout: 20 })).rejects.toEqual(code('ETIMEDOUT'))
    await near.send('after')
    expect(String(await far.recv())).toBe('after')
  })

  it('I-31 leaves the latency of small requests alone while it is full', async () => {
    const service = await startMember()
    const caller = member()
    /** The 99th percentile, of the best of three rounds: other processes of the machine are none of this. */
    const latency = async (count: number): Promise<number> =>
      Math.min(await round(count), await round(count), await round(count))
    const round = async (count: number): Promise<number> => {
      const times: number[] = []
      for (let i = 0; i < count; i++) {
        const began = performance.now()
        await caller.request('work', '')
        times.push(performance.now() - began)
      }
      return times.sort((a, b) => a - b)[Math.floor(count * 0.99)] as number
    }
    await latency(500)
    const before = await latency(500)
    const tunnel = await caller.tunnel('work')
    let full = false
    const filling = (async () => {
      for (;;) {
        const sending = tunnel.send(Buffer.alloc(65_536))
        full ||= await isPending(sending, 50)
        await sending
      }
    })()
    filling.catch(() => {})
    await eventually(() => full)
    expect(await latency(500)).toBeLessThan(Math.max(before * 5, 2))
    tunnel.abort()
    expect(service.child.exitCode).toBeNull()
  }, 30_000)

  it('I-32 ends with an error when its member is killed, never with a clean end', async () => {
    const service = await startMember()
    const caller = member()
    const tunnel = await caller.tunnel('work')
    await tunnel.send('echo')
    expect(String(await tunnel.recv())).toBe('echo')
    const waiting = tunnel.recv()
    service.child.kill('SIGKILL')
    await expect(waiting).rejects.toEqual(code('ECONNRESET'))
    await expect(tunnel.send('more')).rejects.toEqual(code('ECONNRESET'))
    await expect(tunnel.recv()).rejects.toEqual(code('ECONNRESET'))
    expect(tunnel.failure).toEqual(code('ECONNRESET'))
  }, 30_000)

  it('I-33 delivers all that was sent before the end, and close resolves when the other side has it', async () => {
    const { near, far, done } = await pair()
    for (let i = 0; i < 100; i++) await near.send(String(i))
    const closing = near.close()
    expect(await isPending(closing, 20)).toBe(true)
    for (let i = 0; i < 100; i++) expect(String(await far.recv())).toBe(String(i))
    expect(await far.recv()).toBeUndefined()
    await closing
    expect(near.failure).toBeUndefined()
    done()
  })

  it('I-33 close ends with an error when the other side does not take what was sent', async () => {
    const { near, far } = await pair()
    await near.send('unread')
    await expect(near.close({ timeout: 50 })).rejects.toEqual(code('ETIMEDOUT'))
    await eventually(() => far.failure !== undefined)
    expect(String(await far.recv())).toBe('unread')
    await expect(far.recv()).rejects.toEqual(code('EREMOTE'))
  })

  it('I-34 opening it without a member ends within its time and says why', async () => {
    const caller = member()
    await caller.ready()
    await expect(caller.tunnel('absent', { failFast: true })).rejects.toEqual(code('EHOSTUNREACH'))
    await expect(caller.tunnel('absent', { timeout: 50 })).rejects.toThrow(/no member of absent seen/)
  })

  it('I-34 that breaks says how many messages were received for certain', async () => {
    const { near, far } = await pair({ credit: 65_536 })
    for (let i = 0; i < 20; i++) {
      await near.send(Buffer.alloc(10_000))
      await far.recv()
    }
    await eventually(() => near.acknowledged >= 10)
    far.abort(new Error('enough'))
    const error: unknown = await near.recv().catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'EREMOTE', remote: { message: 'enough' } })
    expect(near.sent).toBe(20)
    expect(near.acknowledged).toBeLessThanOrEqual(20)
  })

  it('ends with EREMOTE at the other side when its handler throws', async () => {
    const [caller, service] = [member(), member()]
    await service.serve('fails', {
      tunnel: async (tunnel) => {
        await tunnel.recv()
        throw new RangeError('no more')
      }
    })
    const tunnel = await caller.tunnel('fails')
    await tunnel.send('go')
    await expect(tunnel.recv()).rejects.toMatchObject({
      code: 'EREMOTE',
      remote: { name: 'RangeError', message: 'no more' }
    })
  })

  it('I-35 costs less than 12 kB at both ends together while it is idle, 1000 of them', async () => {
    const [caller, service] = [member(), member()]
    await service.serve('idle', { tunnel: (tunnel) => tunnel.closed }, { tunnels: 2000 })
    const first = await caller.tunnel('idle')
    const before = await memoryInUse()
    const tunnels = await Promise.all(Array.from({ length: 1000 }, () => caller.tunnel('idle')))
    expect(((await memoryInUse()) - before) / 1000).toBeLessThan(12_000)
    expect(caller.urls).toEqual([])
    await Promise.all([first, ...tunnels].map((tunnel) => tunnel.close()))
    await eventually(() => service.stats().services[0]?.tunnels === 0)
  }, 30_000)

  it('is refused as busy beyond the limit of the service', async () => {
    const [caller, service] = [member(), member()]
    await service.serve('few', { tunnel: (tunnel) => tunnel.closed }, { tunnels: 1 })
    await caller.tunnel('few')
    await expect(caller.tunnel('few')).rejects.toEqual(code('EBUSY'))
  })

  it('works inside one instance', async () => {
    const alone = member()
    await alone.serve('echo', {
      tunnel: async (tunnel) => {
        for await (const body of tunnel) await tunnel.send(body)
      }
    })
    const tunnel = await alone.tunnel('echo')
    const big = Buffer.alloc(3_000_000, 5)
    await tunnel.send('small')
    const sending = tunnel.send(big)
    expect(String(await tunnel.recv())).toBe('small')
    expect((await tunnel.recv())?.equals(big)).toBe(true)
    await sending
    await tunnel.end()
    expect(await tunnel.recv()).toBeUndefined()
    await tunnel.close()
  })
})
