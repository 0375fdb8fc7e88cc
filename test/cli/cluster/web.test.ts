/** The server of the map: who may read it, and what it says to browsers. */
import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { hub } from 'hubless/cluster'
import { afterEach, describe, expect, it } from 'vitest'
import type { Snapshot } from '../../../src/cli/cluster/snapshot.ts'
import { type MapServer, serveMap } from '../../../src/cli/cluster/web/server.ts'
import { closeLater, member } from '../../helpers/clusters.ts'
import { Running } from '../command.ts'

let server: MapServer | undefined
afterEach(async () => {
  await server?.close()
  server = undefined
})

interface Answer {
  readonly status: number | undefined
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: string
}

function ask(url: string, path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    request(url, { path, headers, method, agent: false }, (response) => {
      text(response).then((body) => resolve({ status: response.statusCode, headers: response.headers, body }), reject)
    })
      .once('error', reject)
      .end()
  })
}

/** The first events of the stream. */
function events(url: string, count: number): Promise<Snapshot[]> {
  return new Promise((resolve, reject) => {
    const asking = request(new URL('events', url), { agent: false }, (response) => {
      let all = ''
      response.on('data', (chunk: Buffer) => {
        all += chunk
        const found = [...all.matchAll(/^data: (.*)$/gm)].map(([, json]) => JSON.parse(json as string) as Snapshot)
        if (found.length < count) return
        asking.destroy()
        resolve(found)
      })
    })
    asking.once('error', reject).end()
  })
}

const empty: Snapshot = { time: '', network: 'shop', members: [], happenings: [] }
const start = (host = '127.0.0.1'): Promise<MapServer> =>
  serveMap({ look: async () => empty }, { port: 0, host, interval: 20 })

describe('the server of the map', () => {
  it('serves the page and what it needs, with headers that keep others out', async () => {
    server = await start()
    for (const [path, type] of [
      ['/', 'text/html'],
      ['/style.css', 'text/css'],
      ['/main.js', 'text/javascript'],
      ['/view.js', 'text/javascript'],
      ['/format.js', 'text/javascript']
    ] as const) {
      const { status, headers, body } = await ask(server.url, path)
      expect([status, String(headers['content-type']).split(';')[0]]).toEqual([200, type])
      expect(body.length).toBeGreaterThan(100)
      expect(headers['content-security-policy']).toMatch(/^default-src 'none'; script-src 'self'/)
      expect(headers['content-security-policy']).toMatch(/frame-ancestors 'none'/)
      expect(headers['x-content-type-options']).toBe('nosniff')
      expect(headers['access-control-allow-origin']).toBeUndefined()
    }
    const { body } = await ask(server.url, '/')
    expect(body).not.toMatch(/<script>|style=|onload=|https?:/)
  })

  it('answers for this host by address or as localhost, and for no name that somebody lets point here', async () => {
    server = await start()
    const { port } = new URL(server.url)
    for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`]) {
      expect(await ask(server.url, '/', { host })).toMatchObject({ status: 200 })
    }
    for (const host of [`evil.example:${port}`, 'evil.example', '127.0.0.1.evil.example', 'localhost.evil.example']) {
      for (const path of ['/', '/events']) expect(await ask(server.url, path, { host })).toMatchObject({ status: 421 })
    }
  })

  it('has nothing else, takes nothing, and no path leads out of its folder', async () => {
    server = await start()
    for (const path of ['/index.html', '/../server.ts', '/%2e%2e/server.ts', '//etc/passwd', '/constructor']) {
      expect(await ask(server.url, path)).toMatchObject({ status: 404 })
    }
    for (const method of ['POST', 'PUT', 'OPTIONS']) {
      expect(await ask(server.url, '/', {}, method)).toMatchObject({ status: 405 })
    }
  })

  it('looks at the cluster only while somebody watches, once for all who do', async () => {
    let looks = 0
    const looking = {
      look: async () => {
        looks++
        return empty
      }
    }
    server = await serveMap(looking, { port: 0, host: '127.0.0.1', interval: 20 })
    await ask(server.url, '/')
    expect(looks).toBe(0)
    await Promise.all([events(server.url, 3), events(server.url, 3), events(server.url, 3)])
    expect(looks).toBeLessThan(9)
  })

  it('watches at most 64 at a time', async () => {
    server = await start()
    const url = server.url
    const open = Array.from({ length: 64 }, () => {
      const asking = request(new URL('events', url), { agent: false })
      asking.on('error', () => {}).end()
      return { asking, answered: new Promise((resolve) => asking.once('response', resolve)) }
    })
    await Promise.all(open.map(({ answered }) => answered))
    expect(await ask(url, '/events')).toMatchObject({ status: 503 })
    for (const { asking } of open) asking.destroy()
  })
})

describe('nanocat cluster --web', () => {
  it('serves the map of a cluster, with what its members say', async () => {
    const meeting = new Running(['hub', '--bind', 'tcp://127.0.0.1:0'])
    closeLater({ close: () => meeting.end().then(() => {}) })
    const [, at = ''] = /hub at (\S+)/.exec(await meeting.printed(/hub at \S+\n/)) ?? []
    const [one, two] = [0, 1].map(() => member({ members: hub(at), bind: 'tcp://127.0.0.1:0' }))
    await one?.serve('resize', { request: ({ body }) => body })
    const running = new Running(['cluster', '--hub', at, '--web', '0', '--interval', '100ms'])
    const [url = ''] = /http:\S+/.exec(await running.printed(/http:\S+\n/)) ?? []
    await events(url, 1)
    for (let i = 0; i < 5; i++) await two?.request('resize', 'x')
    const seen = await events(url, 8)
    const last = seen.at(-1)
    expect(last?.members).toMatchObject([{ id: one?.id, name: 'resize', handled: 5, answers: true }])
    expect(seen.some(({ members }) => (members[0]?.rate ?? 0) > 0)).toBe(true)
    expect(last?.happenings).toMatchObject([{ what: 'came', name: 'resize' }])
    expect(await running.end()).toMatchObject({ code: 130, stderr: '' })
  }, 20_000)
})
