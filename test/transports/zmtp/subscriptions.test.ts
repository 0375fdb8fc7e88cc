/** What a subscriber announces to a PUB, and where it ends. */
import { describe, expect, it } from 'vitest'
import { WantedTopics } from '../../../src/transports/zmtp/subscriptions.ts'

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
