/** Ids of requests and surveys, and the stack of words that leads back to who asked. */
import { Incoming } from 'hubless'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { IdSequence, takeBacktrace } from '../../src/protocols/backtrace.ts'
import { hex } from '../helpers/bytes.ts'

const none = new Set<number>()

afterEach(() => {
  vi.restoreAllMocks()
})

describe('the ids of a socket', () => {
  it('REQ-03 have the top bit set, start at random and grow by one', () => {
    const first = new IdSequence().next(none)
    const sequence = new IdSequence()
    const id = sequence.next(none)
    expect(id).toBeGreaterThanOrEqual(0x80000000)
    expect(id).toBeLessThanOrEqual(0xffffffff)
    expect(sequence.next(none)).toBe(((id + 1 - 0x80000000) % 0x80000000) + 0x80000000)
    expect(first).not.toBe(id)
  })

  it('REQ-23 wrap at 31 bits and keep the top bit', () => {
    vi.spyOn(Math, 'random').mockReturnValue((2 ** 31 - 3) / 2 ** 31)
    const sequence = new IdSequence()
    expect([1, 2, 3, 4].map(() => sequence.next(none))).toEqual([0xfffffffe, 0xffffffff, 0x80000000, 0x80000001])
  })

  it('REQ-23 skip those that are in use, across the wrap too', () => {
    vi.spyOn(Math, 'random').mockReturnValue((2 ** 31 - 3) / 2 ** 31)
    const sequence = new IdSequence()
    const used = new Set([0xffffffff, 0x80000000, 0x80000002])
    expect([1, 2, 3].map(() => sequence.next(used))).toEqual([0xfffffffe, 0x80000001, 0x80000003])
  })
})

describe('taking the stack off a message', () => {
  const message = (bytes: Uint8Array): Incoming => new Incoming().set(bytes, 0, bytes.length)

  it('REP-16 takes the words up to the one with the top bit and puts the channel on top', () => {
    const incoming = message(hex('00 00 00 01  00 00 00 02  80 00 00 03  41 42'))
    expect(takeBacktrace(incoming, 8, 7)).toEqual({
      header: hex('00 00 00 07  00 00 00 01  00 00 00 02  80 00 00 03')
    })
    expect(incoming.body()).toEqual(hex('41 42'))
  })

  it('REP-13 takes as many words as the limit, the id included, and no more', () => {
    const eight = hex(`${'00 00 00 01'.repeat(7)} 80 00 00 02 41`)
    expect(takeBacktrace(message(eight), 8)).toEqual({ header: eight.subarray(0, 32) })
    expect(takeBacktrace(message(eight), 7)).toEqual({ fault: 'ttl' })
    const full = hex(`${'00 00 00 01'.repeat(254)} 80 00 00 02`)
    expect(takeBacktrace(message(full), 255, 9)).toEqual({ header: Buffer.concat([hex('00 00 00 09'), full]) })
  })

  it.each(['', '80', '80 00 00', '00 00 00 01', '00 00 00 01 80 00'])(
    'REP-14 a stack without an end is damaged: %j',
    (bytes) => {
      expect(takeBacktrace(message(hex(bytes)), 8)).toEqual({ fault: 'malformed' })
    }
  )
})
