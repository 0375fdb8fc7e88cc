/** Durations on the command line. */
import { describe, expect, it } from 'vitest'
import { pause } from '../../../src/cli/parsing/values.ts'
import { ours } from '../command.ts'

describe('a duration', () => {
  it.each([
    ['health', '--timeout', '-5'],
    ['health', '--timeout', 'nan'],
    ['health', '--wait', '-1s', 'requires float point argument'],
    ['health', '--wait', 'nan'],
    ['health', '--warn', '-0.1'],
    ['health', '--critical', '-inf'],
    ['cluster', '--timeout', '-5'],
    ['cluster', '--timeout', 'nan']
  ])('of nanocat %s %s %s is refused where less than none means nothing', async (command, option, text, why = '') => {
    const { code, stdout, stderr } = await ours([command, option, text])
    expect([code, stdout.toString()]).toEqual([command === 'health' ? 3 : 1, ''])
    expect(stderr).toContain(`Option ${option} ${why || 'requires a time from 0'}`)
  })

  it('to sleep, longer than a timer of Node can, is as long as it can, not a millisecond', () => {
    expect(pause('30m')).toBe(1_800_000)
    expect(pause('1000h')).toBe(2 ** 31 - 1)
    expect(pause('inf')).toBe(2 ** 31 - 1)
  })
})
