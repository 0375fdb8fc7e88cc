/**
 * Options are checked as those of sockets are: against a table, with one rule for each, which says in words and as a test
 * what is allowed. The rules of options stand beside them; arguments are held to the same rules.
 */
import { SpError } from '../errors.ts'

export interface Rule {
  /** In words, for the error message. */
  readonly allowed: string
  readonly accepts: (value: unknown) => boolean
}

/** One for every option that there is. */
export type Rules<Options> = { readonly [Name in keyof Options]-?: Rule }

export const duration: Rule = {
  allowed: 'a number of ms from 0, or Infinity',
  accepts: (v) => typeof v === 'number' && v >= 0
}
export const text: Rule = { allowed: 'a string', accepts: (v) => typeof v === 'string' }
export const boolean: Rule = { allowed: 'true or false', accepts: (v) => typeof v === 'boolean' }
export const object: Rule = {
  allowed: 'an object',
  accepts: (v) => typeof v === 'object' && v !== null && !Array.isArray(v)
}
export const callable: Rule = { allowed: 'a function', accepts: (v) => typeof v === 'function' }
export const abortSignal: Rule = { allowed: 'an AbortSignal', accepts: (v) => has(v, 'throwIfAborted') }
export const count = (low: number, high = Number.POSITIVE_INFINITY): Rule => ({
  allowed: `a whole number from ${low}${high === Number.POSITIVE_INFINITY ? '' : ` to ${high}`}`,
  accepts: (v) => Number.isInteger(v) && (v as number) >= low && (v as number) <= high
})
export const limit: Rule = {
  allowed: 'a whole number from 0, or Infinity',
  accepts: (v) => v === Number.POSITIVE_INFINITY || count(0).accepts(v)
}
export const oneOf = (values: readonly string[]): Rule => ({
  allowed: values.map((v) => `'${v}'`).join(', '),
  accepts: (v) => typeof v === 'string' && values.includes(v)
})

/** What has these methods is what it is taken for, whichever copy of the package made it. */
export const withMethods = (allowed: string, ...methods: readonly string[]): Rule => ({
  allowed,
  accepts: (v) => methods.every((method) => has(v, method))
})

function has(value: unknown, method: string): boolean {
  return value !== null && typeof value === 'object' && typeof (value as Record<string, unknown>)[method] === 'function'
}

/** Throws `EINVAL` for the first option that does not exist or is not what it may be. `owner` is whose options they are. */
export function checkOptions<Options extends object>(owner: string, given: Options, rules: Rules<Options>): void {
  if (!object.accepts(given)) {
    throw new SpError('EINVAL', { message: `the options of ${owner} are an object, not ${show(given)}` })
  }
  const known: Readonly<Record<string, Rule>> = rules
  for (const [name, value] of Object.entries(given)) {
    const rule = Object.hasOwn(known, name) ? known[name] : undefined
    if (rule === undefined) {
      const names = Object.keys(known).join(', ')
      throw new SpError('EINVAL', { message: `${owner} has no option ${show(name)}; it has ${names}` })
    }
    if (value !== undefined) check(`option ${name}`, value, rule)
  }
}

/** Throws `EINVAL`, which names what it is of, the value and what is allowed. */
export function check(what: string, value: unknown, rule: Rule): void {
  if (!rule.accepts(value)) throw notAllowed(what, value, rule.allowed)
}

export function notAllowed(what: string, value: unknown, allowed: string, cause?: unknown): SpError {
  return new SpError('EINVAL', { message: `${what} is ${show(value)}; allowed is ${allowed}`, cause })
}

function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'function') return 'a function'
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'an array' : 'an object'
  return String(value)
}
