/** What a subscriber announces to a PUB, and where it ends. */
import { describe, expect, it } from 'vitest'
import { SubscriptionAssembly, WantedTopics } from '../../../src/transports/zmtp/subscriptions.ts'
import { recordingFrames } from './frame-sink.ts'

const none = new Uint8Array(0)

describe('subscriptions of a peer', () => {
  it('Z-53 end at a hundred thousand, or at 8 MiB of them; one that was taken back makes room', () => {
    const many = new WantedTopics()
    const refused = Array.from({ length: 100_000 }, (_, i) => many.add(Buffer.from(`topic ${i}`))).filter(Boolean)
    expect(refused).toEqual([])
    expect(many.add(Buffer.from('one more'))).toMatch(/more than 100000 subscriptions/)
    expect(many.wants(none, Buffer.from('one more'))).toBe(false)
    many.remove(Buffer.from('topic 0'))
    expect(many.add(Buffer.from('one more'))).toBeUndefined()
    expect(many.wants(none, Buffer.from('one more thing'))).toBe(true)

    const long = new WantedTopics()
    const topic = (i: number): Buffer => Buffer.concat([Buffer.from(`${i}`), Buffer.alloc(60_000)])
    let taken = 0
    while (long.add(topic(taken)) === undefined) taken++
    expect(taken).toBe(Math.floor((8 * 1048576) / topic(100).length))
  })

  it('Z-49 are what was announced, however few or many', () => {
    for (const count of [1, 8, 9, 500]) {
      const wanted = new WantedTopics()
      for (let i = 0; i < count; i++) wanted.add(Buffer.from(`${i}/`))
      expect(wanted.wants(none, Buffer.from(`${count - 1}/x`)), `${count}`).toBe(true)
      expect(wanted.wants(none, Buffer.from(`${count}/x`)), `${count}`).toBe(false)
      wanted.remove(Buffer.from('0/'))
      expect(wanted.wants(none, Buffer.from('0/x')), `${count}`).toBe(false)
    }
  })
})

describe('a subscription of a peer', () => {
  it('to everything counts as often as it was announced, and goes as often', () => {
    const wanted = new WantedTopics()
    wanted.announce()
    expect(wanted.wants(none, Buffer.from('x'))).toBe(false)
    wanted.remove(none)
    wanted.add(none)
    wanted.add(none)
    wanted.remove(none)
    expect(wanted.wants(none, none)).toBe(true)
    wanted.remove(none)
    expect(wanted.wants(none, Buffer.from('x'))).toBe(false)
  })

  it('matches across header and body, and not beyond their end', () => {
    for (const more of [0, 20]) {
      const wanted = new WantedTopics()
      wanted.add(Buffer.from('abc'))
      for (let i = 0; i < more; i++) wanted.add(Buffer.from(`other ${i}`))
      expect(wanted.wants(Buffer.from('ab'), Buffer.from('cd'))).toBe(true)
      expect(wanted.wants(Buffer.from('ab'), none)).toBe(false)
      wanted.remove(Buffer.from('never announced'))
      wanted.remove(Buffer.from('abc'))
      expect(wanted.wants(none, Buffer.from('abc'))).toBe(false)
    }
  })

  it('of more than may be is refused with what may be', () => {
    const topic = Buffer.alloc(1_000_000)
    expect(new WantedTopics().add(topic)).toMatch(/a topic of more than \d+ bytes/)
  })
})

describe('what comes to a PUB', () => {
  const frames = (...given: readonly [more: boolean, text: string][]): unknown[] => {
    const { sink, seen } = recordingFrames()
    const subscribe = (topic: Uint8Array, wanted: boolean): string | undefined => {
      seen.push([wanted ? 'subscribe' : 'cancel', Buffer.from(topic).toString()])
      return topic.length > 3 ? 'too long' : undefined
    }
    const assembly = new SubscriptionAssembly(sink, subscribe)
    for (const [more, text] of given) assembly.frame(more, Buffer.from(text), 0, text.length)
    return seen
  }

  it('is a subscription or its end when it is one frame that begins so', () => {
    expect(frames([false, '\x01abc'], [false, '\x00abc'], [false, '\x01'])).toEqual([
      ['subscribe', 'abc'],
      ['cancel', 'abc'],
      ['subscribe', '']
    ])
    expect(frames([false, '\x01abcd'])).toEqual([
      ['subscribe', 'abcd'],
      ['malformed', 'too long']
    ])
  })

  it('is a message that the pattern judges otherwise, its last frame of several', () => {
    expect(frames([false, ''], [false, 'x'])).toEqual([
      ['parts', '', ''],
      ['parts', '', 'x']
    ])
    expect(frames([true, '\x01abc'], [true, '\x01abc'], [false, '\x01abc'], [false, '\x01a'])).toEqual([
      ['parts', '', '\x01abc'],
      ['subscribe', 'a']
    ])
  })
})
