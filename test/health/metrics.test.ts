/** Labels of metrics: names that this process gave, and a bounded number of them. */
import { Pub, Pull, Push } from 'hubless'
import { type Health, health } from 'hubless/health'
import { describe, expect, it } from 'vitest'
import { eventually, inprocUrl, track } from '../helpers/sockets.ts'

const series = (monitor: Health, name: string): string[] =>
  monitor
    .metrics()
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`))

async function monitored(socket: Push | Pull | Pub): Promise<Health> {
  const monitor = health()
  monitor.watch(socket)
  return monitor
}

describe('metrics', () => {
  it('have as many lines with three hundred peers, of whatever address, as with none', async () => {
    const pull = track(new Pull({ name: 'jobs' }))
    const { url } = await pull.bind('tcp://127.0.0.1:0')
    await using monitor = await monitored(pull)
    const before = monitor.metrics().split('\n')
    const pushes = Array.from({ length: 300 }, () => track(new Push()))
    for (const push of pushes) push.connect(url)
    await pull.waitForPeers(300)
    await Promise.all(pushes.map((push) => push.send('x')))
    await eventually(() => series(monitor, 'hubless_recv_queue')[0]?.endsWith(' 300') === true)
    const after = monitor.metrics().split('\n')
    const names = (lines: string[]): string[] => lines.map((line) => line.replace(/ [\d.e+-]+$/, ''))
    expect(names(after)).toEqual(names(before))
    expect(series(monitor, 'hubless_recv_queue')).toEqual([
      `hubless_recv_queue{socket="jobs",protocol="pull",url="${url}"} 300`
    ])
  })

  it('show each series once, also of endpoints and sockets of one name, and no query', async () => {
    const where = inprocUrl()
    const pubs = [track(new Pub({ name: 'twins' })), track(new Pub({ name: 'twins' }))]
    await using monitor = health()
    for (const pub of pubs) {
      monitor.watch(pub)
      pub.connect(where)
      pub.connect(where)
      pub.connect('ws://127.0.0.1:1/feed?token=secret')
    }
    const lines = monitor
      .metrics()
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
    const names = lines.map((line) => line.replace(/ [^ ]+$/, ''))
    expect(new Set(names).size).toBe(names.length)
    expect(monitor.metrics()).not.toContain('secret')
    expect(series(monitor, 'hubless_send_queue')).toEqual([
      `hubless_send_queue{socket="twins",protocol="pub",url="${where}"} 0`,
      'hubless_send_queue{socket="twins",protocol="pub",url="ws://127.0.0.1:1/feed"} 0'
    ])
  })

  it('sum up the endpoints beyond sixty-four', async () => {
    const push = track(new Push({ name: 'many' }))
    await using monitor = await monitored(push)
    for (let i = 0; i < 200; i++) push.connect(inprocUrl())
    expect(series(monitor, 'hubless_send_queue')).toHaveLength(65)
    expect(series(monitor, 'hubless_send_queue').at(-1)).toContain('url="other"')
    expect(series(monitor, 'hubless_endpoint_connections').length).toBeLessThanOrEqual(2 * 65)
  })
})
