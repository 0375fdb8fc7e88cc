import 'hubless'
import { describe, expect, it } from 'vitest'
import { IncomingParts } from '../../src/core/incoming-parts.ts'
import { takeBacktrace } from '../../src/protocols/backtrace.ts'
import { hex } from '../helpers/bytes.ts'

describe('a message whose header and body lie apart', () => {
  const parts = (header: string, body: string): IncomingParts => new IncomingParts().setParts(hex(header), hex(body))

  it('REP-16 is read as one', () => {
    const message = parts('00 00 00 01', '80 00 00 02 41')
    expect(message.size).toBe(9)
    expect(takeBacktrace(message, 8)).toEqual({ header: hex('00 00 00 01 80 00 00 02') })
    expect(message.size).toBe(1)
    expect(message.body()).toEqual(hex('41'))
  })

  it('hands over the body itself once the header was read', () => {
    const body = hex('41 42')
    const message = new IncomingParts().setParts(hex('80 00 00 01'), body)
    expect(message.word()).toBe(0x80000001)
    expect(message.body()).toBe(body)
  })

  it('reads words across the seam of a header that is no multiple of four', () => {
    const message = parts('00 00 00 01 00', '00 00 02 41 42')
    expect([message.word(), message.word()]).toEqual([1, 2])
    expect(message.word()).toBe(-1)
    expect(message.body()).toEqual(hex('41 42'))
  })

  it('joins what nobody read of the header and the body', () => {
    const message = parts('00 00 00 01 00 00 00 02', '41')
    message.word()
    expect(message.body()).toEqual(hex('00 00 00 02 41'))
    expect(message.size).toBe(5)
  })
})
