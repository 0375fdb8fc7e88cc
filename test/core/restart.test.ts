/** A binder that restarts under twenty connectors: no request is lost, and they do not come back all at once. */
import { Rep, Req } from 'hubless'
import { describe, expect, it } from 'vitest'
import { recordEvents, track } from '../helpers/sockets.ts'

const connectors = 20

async function serve(url: string): Promise<{ rep: Rep; url: string }> {
  const rep = track(new Rep())
  const listener = await rep.bind(url)
  void rep.serve(({ body }) => `re ${body}`)
  return { rep, url: listener.url }
}

describe('a REP that is restarted again and again', () => {
  it('answers every request of twenty REQ', { timeout: 30_000 }, async () => {
    let { rep, url } = await serve('tcp://127.0.0.1:0')
    const reqs = Array.from({ length: connectors }, () => {
      return track(new Req({ reconnectInterval: 20, reconnectIntervalMax: 100 }))
    })
    for (const req of reqs) req.connect(url)
    let running = true
    let answered = 0
    const asking = reqs.map(async (req, i) => {
      for (let n = 0; running; n++, answered++) {
        expect(String(await req.request(`${i} ${n}`, { timeout: 20_000 }))).toBe(`re ${i} ${n}`)
      }
    })
    for (let restarts = 0; restarts < 5; restarts++) {
      await Promise.all(reqs.map((req) => req.waitForPeers(1, { timeout: 10_000 })))
      const before = answered
      while (answered < before + 200) await new Promise((resolve) => setImmediate(resolve))
      await rep.close()
      ;({ rep } = await serve(url))
    }
    running = false
    await Promise.all(asking)
  })

  it('hears of its twenty REQ at times that differ', async () => {
    const { rep, url } = await serve('tcp://127.0.0.1:0')
    const reqs = Array.from({ length: connectors }, () => track(new Req({ reconnectInterval: 1000 })))
    await Promise.all(reqs.map((req) => req.connect(url).whenConnected({ timeout: 5000 })))
    const retries = reqs.map((req) => recordEvents(req, 'retry'))
    await rep.close()
    while (retries.some(({ length }) => length === 0)) await new Promise((resolve) => setImmediate(resolve))
    const delays = retries.map(([first]) => first?.delay ?? Number.NaN)
    for (const delay of delays) expect(Math.abs(delay - 1000)).toBeLessThanOrEqual(250)
    // No tenth of a second, of the half second that they are spread over, has more than half of them.
    const inTenth = (from: number): number => delays.filter((delay) => delay >= from && delay < from + 100).length
    expect(Math.max(...delays.map(inTenth))).toBeLessThanOrEqual(14)
  })
})
