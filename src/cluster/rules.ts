/**
 * What names, topics and numbers may be. One table for options, calls and what arrives from others.
 *
 * Names (of networks, services and zones) are 1 to 63 letters, digits, `_`, `-` and inner dots, so that they fit into a
 * file name, a DNS label list and a NATS subject alike.
 */
import { SpError } from 'hubless'

export interface Rule {
  /** In words, for error messages. */
  readonly allowed: string
  readonly accepts: (value: unknown) => boolean
}

const namePattern = /^(?=.{1,63}$)[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/
const topicPattern = /^[!-~]{1,255}$/
const idPattern = /^[0-9a-f]{32}$/

export const isName = (value: unknown): value is string => typeof value === 'string' && namePattern.test(value)
/** Printable ASCII without the space and without the wildcards of others. */
export const isTopic = (value: unknown): value is string =>
  typeof value === 'string' && topicPattern.test(value) && !/[*>]/.test(value)
export const isPrefix = (value: unknown): value is string => value === '' || isTopic(value)
export const isId = (value: unknown): value is string => typeof value === 'string' && idPattern.test(value)
export const isUrl = (value: unknown): value is string =>
  typeof value === 'string' && value.length <= 255 && /^[a-z+]+:\/\/[!-~]+$/.test(value)

export const nameRule: Rule = {
  allowed: 'a name of 1 to 63 letters, digits, "_", "-" and inner dots',
  accepts: isName
}
export const topicRule: Rule = {
  allowed: 'a topic of 1 to 255 printable ASCII characters without space, "*" and ">"',
  accepts: isTopic
}
export const prefixRule: Rule = { allowed: `${topicRule.allowed}, or "" for all topics`, accepts: isPrefix }
export const zoneRule: Rule = { allowed: `${nameRule.allowed}, or ""`, accepts: (v) => v === '' || isName(v) }

export const durationRule: Rule = {
  allowed: 'a number of ms from 0, or Infinity',
  accepts: (v) => typeof v === 'number' && v >= 0
}
/** Whole numbers from `low`, and Infinity. */
export const countRule = (low: number): Rule => ({
  allowed: `a whole number from ${low}, or Infinity`,
  accepts: (v) => typeof v === 'number' && v >= low && (v === Infinity || Number.isInteger(v))
})
export const finiteRule = (low: number, high: number): Rule => ({
  allowed: `a whole number from ${low} to ${high}`,
  accepts: (v) => typeof v === 'number' && Number.isInteger(v) && v >= low && v <= high
})
export const booleanRule: Rule = { allowed: 'true or false', accepts: (v) => typeof v === 'boolean' }
export const functionRule: Rule = { allowed: 'a function', accepts: (v) => typeof v === 'function' }

/** Bounds of metadata: they travel with every announcement. */
const maxMetadata = 16
const maxMetadataText = 255

export const isMetadata = (value: unknown): value is Readonly<Record<string, string>> => {
  if (!isObject(value)) return false
  const entries = Object.entries(value)
  return (
    entries.length <= maxMetadata &&
    entries.every(([key, text]) => key.length <= 63 && typeof text === 'string' && text.length <= maxMetadataText)
  )
}
export const metadataRule: Rule = {
  allowed: `an object of at most ${maxMetadata} strings of at most ${maxMetadataText} characters`,
  accepts: isMetadata
}

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Returns a value that its rule accepts; otherwise `EINVAL` names what it is of, the value and what is allowed. */
export function check<T>(what: string, rule: Rule, value: T): T {
  if (rule.accepts(value)) return value
  throw invalid(`${what} is ${show(value)}; allowed is ${rule.allowed}`)
}

/** Throws `EINVAL` for what is no object, and for keys that it does not have. */
export function checkKeys(what: string, keys: readonly string[], given: unknown): void {
  if (!isObject(given)) throw invalid(`${what} is ${show(given)}; allowed is an object`)
  const unknown = Object.keys(given).find((key) => !keys.includes(key))
  if (unknown !== undefined) throw invalid(`${what} has no ${show(unknown)}; it has ${keys.join(', ')}`)
}

export function invalid(message: string): SpError {
  return new SpError('EINVAL', { message })
}

export function show(value: unknown): string {
  if (typeof value === 'string') {
    // Between a colon and an @ a URL has a password.
    const text = value.replace(/:.*@/s, ':…@')
    return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text)
  }
  if (typeof value === 'function') return 'a function'
  if (Array.isArray(value)) return 'an array'
  return isObject(value) ? 'an object' : String(value)
}
