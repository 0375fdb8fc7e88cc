import { execFileSync, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { Bus, Pair, Pub, Pull, Push, Rep, Req, Respondent, Sub, Surveyor } from 'hubless'
import { describe, expect, it } from 'vitest'
import { eventually, inprocUrl, tempPath, track } from '../helpers/sockets.ts'

const resources = (): number => process.getActiveResourcesInfo().length

/** How many files this process may open; a child inherits it. */
function descriptorLimit(): number {
  if (process.platform === 'win32') return Number.POSITIVE_INFINITY
  const limit = execFileSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }).trim()
  return limit === 'unlimited' ? Number.POSITIVE_INFINITY : Number(limit)
}

describe('many sockets', () => {
  it('COM-42 1000 sockets open and close cleanly', async () => {
    const before = resources()
    const makers = [Pair, Pub, Sub, Req, Rep, Push, Pull, Surveyor, Respondent, Bus]
    const sockets = Array.from({ length: 1000 }, (_, i) => new (makers[i % makers.length] as typeof Pair)())
    await Promise.all(sockets.map((socket) => socket.close()))
    expect(sockets.every(({ state }) => state === 'closed')).toBe(true)
    expect(resources()).toBeLessThanOrEqual(before)
  })

  it('COM-42 1000 sockets are connected at a time, each to another of them', { timeout: 30_000 }, async () => {
    const before = resources()
    const pairs: [Push, Pull][] = []
    await Promise.all(
      Array.from({ length: 500 }, async (_, i) => {
        const [push, pull] = [new Push(), new Pull()]
        pairs.push([push, pull])
        const url = ['tcp://127.0.0.1:0', inprocUrl(), `ipc://${tempPath()}`][i % 3] as string
        await push.connect((await pull.bind(url)).url).whenConnected({ timeout: 20_000 })
      })
    )
    await Promise.all(pairs.map(([push], i) => push.send(String(i))))
    const received = await Promise.all(pairs.map(([, pull]) => pull.recv({ timeout: 20_000 })))
    expect(received.map(String)).toEqual(pairs.map((_, i) => String(i)))
    await Promise.all(pairs.flat().map((socket) => socket.close()))
    await eventually(() => resources() <= before)
  })

  it('COM-42 1000 sockets connect to one, which hears every one of them', { timeout: 30_000 }, async () => {
    const pull = track(new Pull())
    const { url } = await pull.bind('tcp://127.0.0.1:0')
    const pushes = Array.from({ length: 1000 }, () => track(new Push()))
    for (const push of pushes) push.connect(url)
    await pull.waitForPeers(1000, { timeout: 20_000 })
    for (const [i, push] of pushes.entries()) await push.send(String(i))
    const seen = new Set<string>()
    while (seen.size < 1000) seen.add(String(await pull.recv({ timeout: 5000 })))
    await Promise.all(pushes.map((push) => push.close()))
    await eventually(() => pull.peers.length === 0)
  })
})

const many = 10_000

describe('many connections', () => {
  it('EP-25 10 000 inproc connections on one socket work', { timeout: 60_000 }, async () => {
    const pub = track(new Pub())
    const { url } = await pub.bind(inprocUrl())
    const subs = Array.from({ length: 100 }, () => track(new Sub()))
    for (const sub of subs) {
      sub.subscribe('')
      for (let i = 0; i < many / 100; i++) sub.connect(url)
    }
    await pub.waitForPeers(many, { timeout: 30_000 })
    await pub.send('to all')
    let received = 0
    for (const sub of subs) while (sub.tryRecv() !== undefined) received++
    expect(received).toBe(many)
    expect(pub.stats()).toMatchObject({ currentConnections: many, acceptedConnections: many, drops: {} })
    await Promise.all(subs.map((sub) => sub.close()))
    await eventually(() => pub.peers.length === 0)
    expect(pub.stats()).toMatchObject({ currentConnections: 0, brokenConnections: many })
  })

  const limit = descriptorLimit()
  const count = Math.min(many, limit - 300)
  it.skipIf(count < many / 10)(
    `EP-25 ${count} TCP connections from another process on one socket work`,
    { timeout: 120_000 },
    async () => {
      const pull = track(new Pull())
      const { url } = await pull.bind('tcp://127.0.0.1:0')
      const script = fileURLToPath(new URL('./children/connections.ts', import.meta.url))
      const child = spawn(process.execPath, ['--import', 'tsx', script, url, String(count)], {
        stdio: ['pipe', 'pipe', 'inherit']
      })
      const output: Buffer[] = []
      child.stdout.on('data', (chunk: Buffer) => output.push(chunk))
      const ended = new Promise((resolve) => child.once('close', resolve))
      try {
        const failed = ended.then((code) => expect.fail(`the other process ended with ${code}`))
        await Promise.race([pull.waitForPeers(count, { timeout: 100_000 }), failed])
        failed.catch(() => {})
        const numbers = new Set<string>()
        const pipes = new Set<number>()
        while (numbers.size < count) {
          const { body, pipe } = await pull.recvMessage({ timeout: 20_000 })
          numbers.add(String(body))
          pipes.add(pipe.id)
        }
        expect(pipes.size).toBe(count)
        expect(pull.stats()).toMatchObject({ currentConnections: count, messagesReceived: count, drops: {} })
        child.stdin.end()
        expect(await ended).toBe(0)
        expect(Buffer.concat(output).toString()).toBe('{}\n')
        await eventually(() => pull.peers.length === 0, 20_000)
      } finally {
        child.kill()
      }
    }
  )
})
