/** Reads the arguments of options: seconds or durations, counts, sizes, one of a few words. */
import { BadValue } from './option.ts'

const units = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const
const decimal = '(?:\\d+\\.?\\d*|\\.\\d+)'
const plain = new RegExp(`^\\s*[+-]?(?:${decimal}(?:e[+-]?\\d+)?|0x[\\da-f]+|inf(?:inity)?|nan)$`, 'i')
const withUnit = new RegExp(`^(${decimal})(ms|s|m|h)$`)

/** Milliseconds: a bare number is seconds, as C's strtof reads it, otherwise `250ms`, `1.5s`, `2m`, `1h`. */
function milliseconds(text: string): number {
  const [, amount, unit] = withUnit.exec(text) ?? []
  if (amount !== undefined) return Number(amount) * units[unit as keyof typeof units]
  if (!plain.test(text)) throw new BadValue('requires float point argument')
  const [, sign, digits = ''] = /^\s*([+-]?)(.*)$/.exec(text) ?? []
  const seconds = /^i/i.test(digits) ? Infinity : Number(digits.toLowerCase())
  // Milliseconds are what a socket takes; 1.9 * 1000 is 1899.999…
  const ms = Number.isFinite(seconds) ? Math.round(seconds * 1000) : seconds
  return sign === '-' ? -ms : ms
}

/** As `milliseconds`; less than none means without end. */
export function timeout(text: string): number {
  const ms = milliseconds(text)
  return ms >= 0 ? ms : Infinity
}

/** As `milliseconds`, where less than none means nothing. */
export function duration(text: string): number {
  const ms = milliseconds(text)
  if (ms >= 0) return ms
  throw new BadValue('requires a time from 0')
}

/** How long to sleep: longer than a timer can, which would fire at once, is as long as it can. */
export function pause(text: string): number {
  return Math.min(milliseconds(text), 2 ** 31 - 1)
}

export function count(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new BadValue('requires integer argument')
  return Number(text)
}

const factors = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 } as const

/** Bytes: `65536`, `64k`, `64KiB`, `1M`. */
export function bytes(text: string): number {
  const [, amount, factor] = /^(\d{1,12})([kmg]?)(?:i?b)?$/i.exec(text) ?? []
  if (amount === undefined) throw new BadValue('requires a size such as 65536 or 64KiB')
  return Number(amount) * factors[(factor ?? '').toLowerCase() as keyof typeof factors]
}

export function oneOf<T extends string>(choices: readonly T[], text: string): T {
  const found = choices.find((choice) => choice === text)
  if (found === undefined) throw new BadValue('requires one of a few words')
  return found
}
