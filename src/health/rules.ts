/**
 * Options are checked as those of sockets are: against a table, with one rule for each, which says in words and as a test
 * what is allowed. The rules of options stand beside them; arguments are held to the same rules.
 */
import { callable, check, checkNames, isObject, type Rule } from '../rules.ts'

/** One for every option that there is. */
export type Rules<Options> = { readonly [Name in keyof Options]-?: Rule }

export const text: Rule = { allowed: 'a string', accepts: (v) => typeof v === 'string' }
export const oneOf = (values: readonly string[]): Rule => ({
  allowed: values.map((v) => `'${v}'`).join(', '),
  accepts: (v) => typeof v === 'string' && values.includes(v)
})

/** What has these methods is what it is taken for, whichever copy of the package made it. */
export const withMethods = (allowed: string, ...methods: readonly string[]): Rule => ({
  allowed,
  accepts: (v) => methods.every((method) => isObject(v) && callable.accepts(v[method]))
})

/** Throws `EINVAL` for the first option that does not exist or is not what it may be. `owner` is whose options they are. */
export function checkOptions<Options extends object>(owner: string, given: Options, rules: Rules<Options>): void {
  checkNames(owner, Object.keys(rules), given)
  const known: Readonly<Record<string, Rule>> = rules
  for (const [name, value] of Object.entries(given)) {
    if (value !== undefined) check(`option ${name}`, known[name] as Rule, value)
  }
}
