/** What a value that a caller gives may be: the rules behind every option, and the one error for what breaks them. */
import { SpError } from './errors.ts'

/** What a value must be. */
export interface Rule {
  /** In words, for error messages and documentation. */
  readonly allowed: string
  /** Whether a value is allowed. */
  readonly accepts: (value: unknown) => boolean
  /** It may be a key or a password: an error does not show it. */
  readonly secret?: boolean
}

/** What an option may be, and what it is when nothing is said. */
export interface OptionRule extends Rule {
  /** Its value when none is given. */
  readonly default: unknown
}

export type OptionRules = Readonly<Record<string, OptionRule>>

/** Numbers from `low` to `high`, of ms any, of other things whole ones. */
export function range(low: number, high = Infinity, of = ''): Rule {
  const ms = of === ' of ms'
  return {
    allowed: `a ${ms ? '' : 'whole '}number${of} from ${low}${high === Infinity ? ', or Infinity' : ` to ${high}`}`,
    accepts: (v) => typeof v === 'number' && v >= low && v <= high && (ms || v === high || Number.isInteger(v))
  }
}

export const duration: Rule = range(0, Infinity, ' of ms')
export const finiteDuration: Rule = {
  allowed: 'a finite number of ms from 0',
  accepts: (v) => duration.accepts(v) && v !== Infinity
}
export const boolean: Rule = { allowed: 'true or false', accepts: (v) => typeof v === 'boolean' }
export const isObject = (v: unknown): v is Readonly<Record<string, unknown>> =>
  typeof v === 'object' && v !== null && !Array.isArray(v)
export const object: Rule = { allowed: 'an object', accepts: isObject }
export const isFunction = (v: unknown): boolean => typeof v === 'function'
export const callable: Rule = { allowed: 'a function', accepts: isFunction }
export const abortSignal: Rule = { allowed: 'an AbortSignal', accepts: (v) => v instanceof AbortSignal }

/** An option that has this value where none is given. */
export const option = (value: unknown, { allowed, accepts }: Rule): OptionRule => ({ default: value, allowed, accepts })

/** An option that is absent where none is given. */
export const optional = (allowed: string, accepts: Rule['accepts']): OptionRule =>
  option(undefined, { allowed, accepts })

/** Returns a value that its rule accepts; throws `notAllowed` otherwise. */
export function check<T>(what: string, rule: Rule, value: T): T {
  if (rule.accepts(value)) return value
  const shown = rule.secret && typeof value === 'string' ? 'a string' : show(value)
  throw invalid(`${what} is ${shown}; allowed is ${rule.allowed}`)
}

/** Throws `EINVAL` for what is no object, and for the first name in it that `owner` does not have. */
export function checkNames(owner: string, names: readonly string[], given: unknown): void {
  if (!isObject(given)) throw invalid(`the options of ${owner} are an object, not ${show(given)}`)
  for (const name of Object.keys(given)) {
    if (!names.includes(name)) throw invalid(`${owner} has no option ${show(name)}; it has ${names.join(', ')}`)
  }
}

/** The one error for a value that may not be: what it is of, the value and what is allowed. */
export function notAllowed(what: string, value: unknown, allowed: string, cause?: unknown): SpError {
  return invalid(`${what} is ${show(value)}; allowed is ${allowed}`, cause)
}

export function invalid(message: string, cause?: unknown): SpError {
  return new SpError('EINVAL', { message, cause })
}

/** A value as error messages name it. */
export function show(value: unknown): string {
  // Between a colon and an @ a URL has a password.
  if (typeof value === 'string') return JSON.stringify(value.replace(/^([^:]*:).*@/s, '$1…@'))
  if (typeof value === 'function') return 'a function'
  if (Array.isArray(value)) return 'an array'
  if (!isObject(value)) return String(value)
  const { name = 'Object' }: { name?: string } = value.constructor ?? {}
  return name === 'Object' ? 'an object' : name
}
