/** Names in one thread: who has which, who waits for one, and what others hear of it. */
import { describe, expect, it } from 'vitest'
import { type Channel, channelPair } from '../../../src/transports/thread/channel.ts'
import type { Call, Ground, Notice } from '../../../src/transports/thread/ground.ts'
import { type Bound, Meeting } from '../../../src/transports/thread/meeting.ts'

const here = { member: 'here', thread: 1 }
const call: Call = { name: 'x', address: 'thread://x#1', limits: { protocol: 0x10, recvMaxSize: 1000, room: 1000 } }

/** A thread that is alone: every name is free for it. */
function meet(): { meeting: Meeting; told: Notice[]; released: string[]; stays: boolean[] } {
  const [told, released, stays]: [Notice[], string[], boolean[]] = [[], [], []]
  const ground = {
    here,
    join: () => {},
    tell: (notice: Notice) => void told.push(notice),
    claim: async () => true,
    release: (name: string) => void released.push(name),
    stay: (needed: boolean) => void stays.push(needed)
  } as unknown as Ground
  return { meeting: new Meeting(ground), told, released, stays }
}

class Listening implements Bound {
  readonly heard: string[] = []

  called(_call: Call, channel: Channel): void {
    this.heard.push('called')
    channel.close()
  }

  lost(): void {
    this.heard.push('lost')
  }
}

/** Resolves when the other end of a channel is closed. */
const gone = (channel: Channel): Promise<void> =>
  new Promise((resolve) => channel.listen({ heard: () => {}, gone: resolve }))

describe('a name of threads', () => {
  it('is given back once, and not again when another has it', async () => {
    const { meeting, released, stays } = meet()
    const giveBack = await meeting.bind('x', new Listening())
    giveBack()
    const other = new Listening()
    await meeting.bind('x', other)
    giveBack()
    expect(released).toEqual(['x'])
    expect(stays).toEqual([true, false, true])
    await gone(await meeting.call(here, call))
    expect(other.heard).toEqual(['called'])
  })

  it('that turns out to be of another thread is lost, once, and others hear nothing of it any more', async () => {
    const { meeting, told, released } = meet()
    const bound = new Listening()
    await meeting.bind('x', bound)
    meeting.lost('x')
    meeting.lost('x')
    expect([bound.heard, released]).toEqual([['lost'], ['x']])
    meeting.heard({ kind: 'seek', name: 'x' })
    expect(told).toEqual([])
  })

  it('is told to threads that seek it, and not when it is free', async () => {
    const { meeting, told } = meet()
    await meeting.bind('x', new Listening())
    for (const name of ['y', 'x']) meeting.heard({ kind: 'seek', name })
    expect(told).toEqual([{ kind: 'bound', name: 'x', place: here }])
  })

  it('that was given up before a call arrived ends the channel of who calls', async () => {
    const { meeting } = meet()
    const [own, theirs] = channelPair()
    const over = gone(own)
    meeting.called(call, theirs)
    await over
  })

  it('is not waited for by who has given up already', async () => {
    const { meeting, told, stays } = meet()
    const reason = new Error('given up')
    await expect(meeting.find('x', AbortSignal.abort(reason))).rejects.toBe(reason)
    expect([told, stays]).toEqual([[], []])
  })
})
