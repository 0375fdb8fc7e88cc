/** Tunnels over NATS: what tunnels are, by credits of our own, though NATS may lose what it carries. */
import { nats } from 'hubless/nats'
import { describe, expect, it } from 'vitest'
import { natsClient, natsServer, site, startNats, startNatsMember } from '../helpers/nats.ts'
import { eventually } from '../helpers/sockets.ts'

describe.skipIf(natsServer.skip)('a tunnel over NATS', () => {
  it('I-44 I-28 carries messages of every size once, in order, with their borders', async () => {
    const server = await startNats()
    await site(server.url)
      .member()
      .serve('echo', {
        tunnel: async (tunnel) => {
          for await (const message of tunnel) await tunnel.send(message)
        }
      })
    const tunnel = await site(server.url).member().tunnel('echo')
    const sizes = Array.from({ length: 2000 }, (_, i) => (i % 500 === 499 ? 3_000_000 : (i * 37) % 3000))
    const sending = (async () => {
      for (const [i, size] of sizes.entries()) await tunnel.send(Buffer.alloc(size, i % 251))
      await tunnel.end()
    })()
    let received = 0
    for await (const message of tunnel) {
      const size = sizes[received] as number
      expect(message.length).toBe(size)
      if (size > 0) expect([message[0], message[size - 1]]).toEqual([received % 251, received % 251])
      received++
    }
    await sending
    expect(received).toBe(sizes.length)
    await tunnel.close()
  }, 60_000)

  it('I-44 I-30 a receiver that stops reading stops the sender within its credit', async () => {
    const server = await startNats()
    const credit = 262_144
    let arrived = 0
    let waiting = (): number => 0
    await site(server.url)
      .member({ tunnelCredit: credit, engine: nats({ servers: server.url }) })
      .serve('slow', {
        tunnel: async (tunnel) => {
          await tunnel.recv()
          arrived = 1
          waiting = () => tunnel.waiting
          await new Promise(() => {})
        }
      })
    const tunnel = await site(server.url).member().tunnel('slow')
    const sent = (async () => {
      for (;;) await tunnel.send(Buffer.alloc(10_000), { timeout: 500 })
    })()
    await expect(sent).rejects.toMatchObject({ code: 'ETIMEDOUT' })
    expect(arrived).toBe(1)
    expect(tunnel.sent).toBeGreaterThan(20)
    expect(tunnel.sent * 10_000).toBeLessThanOrEqual(credit + 20_000)
    expect(waiting()).toBeLessThanOrEqual(credit)
    tunnel.abort()
  }, 20_000)

  it('I-44 I-29 each end ends its own direction', async () => {
    const server = await startNats()
    await site(server.url)
      .member()
      .serve('sum', {
        tunnel: async (tunnel) => {
          let sum = 0
          for await (const message of tunnel) sum += Number(String(message))
          await tunnel.send(String(sum))
        }
      })
    const tunnel = await site(server.url).member().tunnel('sum')
    for (const number of [1, 2, 39]) await tunnel.send(String(number))
    await tunnel.end()
    expect(String(await tunnel.recv())).toBe('42')
    expect(await tunnel.recv()).toBeUndefined()
    await tunnel.close()
  })

  it('I-32 a member that dies ends the tunnel with an error, and so does a server that goes', async () => {
    const server = await startNats()
    const caller = site(server.url).member()
    const doomed = await startNatsMember(server)
    const first = await caller.tunnel('work')
    await first.send('x')
    expect(String(await first.recv())).toBe('x')
    doomed.child.kill('SIGKILL')
    await expect(first.recv()).rejects.toMatchObject({ code: 'ECONNRESET' })

    await startNatsMember(server)
    const second = await caller.tunnel('work')
    await second.send('y')
    expect(String(await second.recv())).toBe('y')
    await server.kill()
    await expect(second.recv()).rejects.toMatchObject({ code: 'ECONNRESET' })
  }, 30_000)

  it('a frame that is lost or forged ends the tunnel with an error, never with wrong data', async () => {
    const server = await startNats()
    const spy = await natsClient(server)
    const frames: string[] = []
    spy.subscribe('_INBOX.hubless.>', {
      callback: (_error, { subject }) => void (/\.(tunnel\.\d+|f)$/.test(subject) && frames.push(subject))
    })
    await spy.flush()
    await site(server.url)
      .member()
      .serve('echo', {
        tunnel: async (tunnel) => {
          for await (const message of tunnel) await tunnel.send(message)
        }
      })
    const tunnel = await site(server.url).member().tunnel('echo')
    await tunnel.send('x')
    expect(String(await tunnel.recv())).toBe('x')
    await eventually(() => frames.some((subject) => subject.endsWith('.f')))
    const back = frames.find((subject) => subject.endsWith('.f')) as string
    spy.publish(back, Buffer.from([0, 0, 0, 99, 1]))
    await expect(tunnel.recv()).rejects.toMatchObject({ code: 'ECONNRESET' })
    expect(tunnel.failure).toBeDefined()
  }, 20_000)

  it('that is refused says why', async () => {
    const server = await startNats()
    const service = site(server.url).member()
    await service.serve('none', { request: () => '' })
    await service.serve('few', { tunnel: (tunnel) => tunnel.closed }, { tunnels: 1 })
    const caller = site(server.url).member()
    await expect(caller.tunnel('none')).rejects.toMatchObject({ code: 'ENOTSUP' })
    await expect(caller.tunnel('absent', { failFast: true })).rejects.toMatchObject({ code: 'EHOSTUNREACH' })
    const open = await caller.tunnel('few')
    await expect(caller.tunnel('few')).rejects.toMatchObject({ code: 'EBUSY' })
    open.abort()
  }, 20_000)
})
