/** Members that drain, die, freeze, move and are cut off: what their callers see. In processes of their own. */

import { readdirSync } from 'node:fs'
import { type Cluster, fixed, Hub, hub, type PeerStats } from 'hubless/cluster'
import { describe, expect, it } from 'vitest'
import { breakable, closeLater, meetingPlace, member, nextOf, startMember } from '../helpers/clusters.ts'
import { code } from '../helpers/messages.ts'
import { eventually } from '../helpers/sockets.ts'

const long = 40_000

/** Calls `work` from `lanes` at a time until told to stop, and keeps what became of each. */
function calling(cluster: Cluster, lanes: number, options: { idempotent?: boolean; timeout?: number } = {}) {
  const outcomes: unknown[] = []
  let stopped = false
  const lane = async (): Promise<void> => {
    while (!stopped) outcomes.push(await cluster.request('work', '', options).then(String, (error: unknown) => error))
  }
  const lanesDone = Promise.all(Array.from({ length: lanes }, lane))
  return {
    outcomes,
    stop: async () => {
      stopped = true
      await lanesDone
    }
  }
}

const failures = (outcomes: readonly unknown[]): unknown[] => outcomes.filter((outcome) => typeof outcome !== 'string')

describe('a member', () => {
  it(
    'I-03 that is told to stop drains: no request is lost, and none arrives afterwards',
    async () => {
      const [leaving] = await Promise.all([startMember({ delay: 5 }), startMember({ delay: 5 })])
      const caller = member()
      await eventually(() => caller.members('work').length === 2)
      const load = calling(caller, 20)
      await eventually(() => new Set(load.outcomes).size === 2)
      const left = nextOf(caller, 'leave')
      leaving.child.kill('SIGTERM')
      await leaving.line(/^closed/)
      expect(await leaving.exited()).toBe(0)
      expect((await left).member.id).toBe(leaving.id)
      const seen = load.outcomes.length
      await eventually(() => load.outcomes.length > seen + 100)
      await load.stop()
      expect(failures(load.outcomes)).toEqual([])
      const answered = load.outcomes.filter((outcome) => outcome === leaving.pid).length
      expect(await leaving.line(/^closed/)).toBe(`closed, ${answered} handled`)
    },
    long
  )

  it(
    'I-03 I-17 that is killed among 5,000 calls is left within a second; idempotent calls all succeed',
    async () => {
      const members = await Promise.all([
        startMember({ delay: 2 }),
        startMember({ delay: 2 }),
        startMember({ delay: 2 })
      ])
      const caller = member()
      await eventually(() => caller.members('work').length === 3)
      let left = 5000
      const outcomes: unknown[] = []
      const lane = async (): Promise<void> => {
        while (left-- > 0)
          outcomes.push(await caller.request('work', '', { idempotent: true }).then(String, (error: unknown) => error))
      }
      const all = Promise.all(Array.from({ length: 50 }, lane))
      const [victim] = members
      await eventually(() => outcomes.length > 500)
      const leave = nextOf(caller, 'leave')
      victim.child.kill('SIGKILL')
      const killed = performance.now()
      expect((await leave).member.id).toBe(victim.id)
      expect(performance.now() - killed).toBeLessThan(1000)
      await all
      expect(outcomes).toHaveLength(5000)
      expect(failures(outcomes)).toEqual([])
      expect(caller.stats().calls.retried).toBeGreaterThan(0)
    },
    long
  )

  it(
    'I-17 that is killed with calls that are not idempotent rejects them at once, with the reason, and no others',
    async () => {
      const [victim, other] = await Promise.all([startMember({ delay: 100 }), startMember({ delay: 100 })])
      const caller = member()
      await eventually(() => caller.members('work').length === 2)
      const warm = calling(caller, 4)
      await eventually(() => new Set(warm.outcomes).size === 2)
      await warm.stop()
      const calls = Array.from({ length: 40 }, () => caller.request('work', '').then(String, (error: unknown) => error))
      await eventually(() => caller.members('work').every(({ outstanding }) => outstanding > 0))
      victim.child.kill('SIGKILL')
      const killed = performance.now()
      const lost = failures(await Promise.all(calls))
      expect(performance.now() - killed).toBeLessThan(1500)
      expect(lost.length).toBeGreaterThan(0)
      for (const error of lost) expect(error).toEqual(code('ECONNRESET'))
      expect(String(await caller.request('work', ''))).toBe(other.pid)
    },
    long
  )

  it(
    'I-04 that is frozen gets nothing new after the patience, and is used again when it wakes',
    async () => {
      const [frozen, awake] = await Promise.all([startMember(), startMember()])
      const caller = member({ patience: 300 })
      await eventually(() => caller.members('work').length === 2)
      const warm = calling(caller, 4)
      await eventually(() => new Set(warm.outcomes).size === 2)
      await warm.stop()
      frozen.child.kill('SIGSTOP')
      // Idempotent calls that it has go to the other as soon as it is found out.
      const load = calling(caller, 8, { idempotent: true })
      await eventually(() => stateOf(caller, frozen.id) === 'silent')
      const found = load.outcomes.length
      await eventually(() => load.outcomes.length > found + 200)
      expect(failures(load.outcomes)).toEqual([])
      expect(new Set(load.outcomes)).toEqual(new Set([awake.pid]))
      frozen.child.kill('SIGCONT')
      await eventually(() => load.outcomes.includes(frozen.pid))
      await load.stop()
      expect(failures(load.outcomes)).toEqual([])
    },
    long
  )

  it(
    'I-04 whose handler is slow is not taken for frozen',
    async () => {
      const slow = await startMember({ delay: 1000 })
      const caller = member({ patience: 100 })
      expect(String(await caller.request('work', ''))).toBe(slow.pid)
      expect(stateOf(caller, slow.id)).toBe('up')
    },
    long
  )

  it(
    'that is started anew at another address is used again, and the old one is gone',
    async () => {
      const first = await startMember()
      const caller = member()
      expect(String(await caller.request('work', ''))).toBe(first.pid)
      first.child.kill('SIGKILL')
      const second = await startMember()
      expect(String(await caller.request('work', ''))).toBe(second.pid)
      await eventually(() => caller.members('work').length === 1)
      expect(caller.members('work')[0]?.id).toBe(second.id)
    },
    long
  )

  it(
    'I-10 that was cut off is seen again by both sides without a restart',
    async () => {
      const way = await breakable()
      const service = member({ bind: 'tcp://127.0.0.1:0', members: fixed([]) })
      await service.serve('work', { request: () => 'here' })
      const caller = member({ members: fixed([await way.to(service.urls[0] as string)]), patience: 100 })
      expect(String(await caller.request('work', ''))).toBe('here')
      way.cut()
      expect(String(await caller.request('work', '', { idempotent: true }))).toBe('here')
      // Nothing gets through any more, and no end of the connection is told of it.
      way.swallow(true)
      await expect(caller.request('work', '', { timeout: 300 })).rejects.toEqual(code('ETIMEDOUT'))
      await eventually(() => stateOf(caller, service.id) === 'silent')
      await expect(caller.request('work', '', { failFast: true })).rejects.toThrow(/gives signs of life/)
      way.swallow(false)
      expect(String(await caller.request('work', ''))).toBe('here')
    },
    long
  )

  it(
    'I-10 behind a one-way partition is silent, too, and connected to anew when it lasts',
    async () => {
      const way = await breakable()
      const service = member({ bind: 'tcp://127.0.0.1:0', members: fixed([]) })
      await service.serve('work', { request: () => 'here' })
      const caller = member({ members: fixed([await way.to(service.urls[0] as string)]), patience: 40 })
      await caller.request('work', '')
      const left = nextOf(caller, 'leave')
      way.swallow('there')
      await expect(caller.request('work', '', { timeout: 100 })).rejects.toEqual(code('ETIMEDOUT'))
      expect((await left).reason).toBe('lost')
      way.swallow(false)
      expect(String(await caller.request('work', ''))).toBe('here')
    },
    long
  )
})

describe('the meeting place of a host', () => {
  it(
    'moves at once when its process is killed',
    async () => {
      const first = await startMember()
      const [second, caller] = [await startMember(), member()]
      expect(await caller.broadcast('work', '')).toBe(2)
      expect(caller.stats().providers.local).toMatchObject({ here: false, connected: true })
      first.child.kill('SIGKILL')
      expect(String(await caller.request('work', '', { idempotent: true }))).toBe(second.pid)
      const third = await startMember({ names: ['later'] })
      expect(String(await caller.request('later', ''))).toBe(third.pid)
      second.child.kill('SIGKILL')
      third.child.kill('SIGKILL')
      const fourth = await startMember()
      expect(String(await caller.request('work', ''))).toBe(fourth.pid)
      // Socket files of those that were killed are swept by who takes the place over.
      expect(readdirSync(meetingPlace()).filter((name) => name.startsWith(first.id.slice(0, 16)))).toEqual([])
    },
    long
  )
})

describe('a hub', () => {
  it(
    'that dies stops nothing that is connected, and one that is back is used again',
    async () => {
      let meeting = closeLater(new Hub())
      const url = await meeting.bind('tcp://127.0.0.1:0')
      const service = await startMember({ hubs: [url] })
      const caller = member({ members: hub(url) })
      expect(String(await caller.request('work', ''))).toBe(service.pid)
      const warned = nextOf(caller, 'warning')
      await meeting.close()
      expect((await warned).message).toMatch(/no hub can be reached/)
      for (let i = 0; i < 100; i++) expect(String(await caller.request('work', ''))).toBe(service.pid)
      meeting = closeLater(new Hub())
      await meeting.bind(url)
      const later = await startMember({ hubs: [url], names: ['later'] })
      expect(String(await caller.request('later', ''))).toBe(later.pid)
      expect(String(await caller.request('work', ''))).toBe(service.pid)
    },
    long
  )

  it(
    'is not missed while another one is there',
    async () => {
      const hubs = [closeLater(new Hub()), closeLater(new Hub())]
      const urls = await Promise.all(hubs.map((one) => one.bind('tcp://127.0.0.1:0')))
      const caller = member({ members: hub(urls) })
      const first = await startMember({ hubs: urls })
      expect(String(await caller.request('work', ''))).toBe(first.pid)
      expect(caller.members('work')).toHaveLength(1)
      await hubs[0]?.close()
      const second = await startMember({ hubs: urls, names: ['later'] })
      expect(String(await caller.request('later', ''))).toBe(second.pid)
    },
    long
  )
})

function stateOf(cluster: Cluster, id: string): string | undefined {
  const { peers } = cluster.stats().engines.direct as unknown as { peers: PeerStats[] }
  return peers.find((peer) => peer.id === id)?.state
}
