/** The stack of words that leads back to who asked. */
import { Incoming } from 'hubless'
import { describe, expect, it } from 'vitest'
import { takeBacktrace } from '../../src/protocols/backtrace.ts'
import { hex } from '../helpers/bytes.ts'

describe('taking the stack off a message', () => {
  const message = (bytes: Uint8Array): Incoming => new Incoming().set(bytes, 0, bytes.length)

  it('REP-16 takes the words up to the one with the top bit and puts the channel on top', () => {
    const incoming = message(hex('00 00 00 01  00 00 00 02  80 00 00 03  41 42'))
    expect(takeBacktrace(incoming, 8, 7)).toEqual({
      header: hex('00 00 00 07  00 00 00 01  00 00 00 02  80 00 00 03')
    })
    expect(incoming.body()).toEqual(hex('41 42'))
  })

  it('takes words of nothing but zeros, and an id of the top bit alone', () => {
    const least = hex('00 00 00 00  80 00 00 00')
    expect(takeBacktrace(message(hex('00 00 00 00  80 00 00 00  00 00 00 05')), 8)).toEqual({ header: least })
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
