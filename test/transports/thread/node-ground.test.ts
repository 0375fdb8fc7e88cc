/** Where threads of Node meet: copies of the package in one thread, letters of others, and a Node that is too old. */
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Channel } from '../../../src/transports/thread/channel.ts'
import type { Call, Neighbour } from '../../../src/transports/thread/ground.ts'
import { NodeGround } from '../../../src/transports/thread/node-ground.ts'

const call: Call = { name: 'x', address: 'thread://x#1', limits: { protocol: 0x10, recvMaxSize: 1000, room: 1000 } }

/** Somebody who takes part, and the calls that came. */
function neighbour(): Neighbour & { readonly calls: [Call, Channel][] } {
  const calls: [Call, Channel][] = []
  return { calls, heard: () => {}, lost: () => {}, called: (...one) => void calls.push(one) }
}

function join(): { ground: NodeGround; calls: [Call, Channel][] } {
  const [ground, { calls, ...rest }] = [new NodeGround(), neighbour()]
  ground.join(rest)
  ground.stay(false)
  return { ground, calls }
}

afterEach(() => {
  process.removeAllListeners('workerMessage')
  vi.doUnmock('node:worker_threads')
  vi.resetModules()
})

describe('threads of Node', () => {
  it('have calls between two copies of the package in one thread', async () => {
    const [one, two] = [join(), join()]
    const channel = await one.ground.call(two.ground.here, call)
    expect([one.calls.length, two.calls.length]).toEqual([0, 1])
    const [[heard, other]] = two.calls as [[Call, Channel]]
    expect(heard).toEqual(call)
    const arrived = new Promise((resolve) => other.listen({ heard: resolve, gone: () => {} }))
    channel.post('hello')
    expect(await arrived).toBe('hello')
    channel.close()
  })

  it('pass over letters that are not of hubless, or not whole', () => {
    const { ground, calls } = join()
    const { member } = ground.here
    const language = 'hubless/threads 1'
    for (const letter of [
      undefined,
      'text',
      {},
      { [language]: '' },
      { [language]: member },
      { [language]: member, call }
    ]) {
      process.emit('workerMessage', letter, 7)
    }
    expect(calls).toEqual([])
  })

  it('are refused where Node is too old to write to them', async () => {
    vi.resetModules()
    vi.doMock('node:worker_threads', async (original) => ({
      ...(await original<typeof import('node:worker_threads')>()),
      postMessageToThread: undefined
    }))
    const { NodeGround: OldGround } = await import('../../../src/transports/thread/node-ground.ts')
    expect(() => new OldGround().join(neighbour())).toThrow(expect.objectContaining({ code: 'ENOTSUP' }))
  })
})
