/** The prefix of a frame: where the bytes lie, and that writing and reading agree up to the largest exact size. */
import { describe, expect, it } from 'vitest'
import { ipcFraming, readPrefix, tcpFraming, writePrefix } from '../../../src/transports/sp/framing.ts'
import { hex } from '../../helpers/bytes.ts'
import { framings, prefix } from './frames.ts'

describe('framing', () => {
  it('TR-07 TCP-10 puts an 8-byte big-endian length before a TCP payload', () => {
    const bytes = Buffer.alloc(11, 0xee)
    expect(writePrefix(tcpFraming, bytes, 1, 0x01020304)).toBe(9)
    expect(bytes).toEqual(hex('ee 00 00 00 00 01 02 03 04 ee ee'))
  })

  it('IPC-01 puts a type byte 1 before the length of an IPC payload', () => {
    const bytes = Buffer.alloc(11, 0xee)
    expect(writePrefix(ipcFraming, bytes, 1, 3)).toBe(10)
    expect(bytes).toEqual(hex('ee 01 00 00 00 00 00 00 00 03 ee'))
  })

  const sizes = [0, 1, 255, 256, 65_535, 65_536, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + 1]
  sizes.push(2 ** 40 + 5, 2 ** 47)

  it.each(framings)('writes and reads every size exactly over %s', (_name, framing) => {
    const bytes = Buffer.alloc(framing.prefix + 3)
    for (const size of sizes) {
      expect(writePrefix(framing, bytes, 2, size)).toBe(2 + framing.prefix)
      expect(bytes.subarray(2, 2 + framing.prefix)).toEqual(prefix(framing, size))
      expect(readPrefix(framing, bytes, 2)).toBe(size)
    }
  })

  it.each(framings)('reads sizes above 2^53 as something at least as large over %s', (_name, framing) => {
    for (const size of [2n ** 53n + 1n, 2n ** 60n, 2n ** 63n, 2n ** 64n - 1n]) {
      expect(readPrefix(framing, prefix(framing, size), 0)).toBeGreaterThanOrEqual(2 ** 53)
    }
  })

  it('reads every type byte but 1 as damage', () => {
    const bytes = prefix(ipcFraming, 3)
    for (let type = 0; type < 256; type++) {
      bytes[0] = type
      expect(readPrefix(ipcFraming, bytes, 0)).toBe(type === 1 ? 3 : -1)
    }
  })
})
