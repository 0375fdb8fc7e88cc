/**
 * Checks the options of sockets and endpoints. Values are checked once, when a socket or endpoint is made; what passes is
 * frozen and readable as `socket.options` and `endpoint.options`.
 */
import { SpError } from './errors.ts'
import { endpointOptions, socketOptions } from './option-table.ts'
import type { ResolvedEndpointOptions, ResolvedOptions } from './options.ts'
import { platform } from './platform.ts'
import { check, isObject, type OptionRule, type OptionRules, show } from './rules.ts'
import { transportOptions } from './transport.ts'

/** Checks the options of a socket. `own` are those that its pattern has beyond the common ones. */
export function resolveSocketOptions(given: unknown, own: OptionRules | undefined, owner: string): ResolvedOptions {
  const rules: OptionRules = { ...socketOptions, ...endpointOptions, ...transportOptions(), ...own }
  return merge(rules, { name: owner }, owner, given) as ResolvedOptions
}

/** Checks the options of an endpoint; what is not given comes from the socket. */
export function resolveEndpointOptions(
  given: unknown,
  socket: ResolvedOptions,
  owner: string
): ResolvedEndpointOptions {
  const rules: OptionRules = { ...endpointOptions, ...transportOptions() }
  return merge(rules, socket, owner, given) as ResolvedEndpointOptions
}

/** Checks what is given and puts it over what is inherited, or the default where nothing is. */
function merge(rules: OptionRules, inherited: object, owner: string, given: unknown = {}): object {
  if (!isObject(given)) {
    throw new SpError('EINVAL', { message: `the options of ${owner} are an object, not ${show(given)}` })
  }
  const names = Object.keys(rules)
  const merged = Object.fromEntries(
    names.map((name) => [name, name in inherited ? Reflect.get(inherited, name) : rules[name]?.default])
  )
  for (const [key, value] of Object.entries(given)) {
    if (!Object.hasOwn(rules, key)) {
      const message = `${owner} has no option ${show(key)}; it has ${names.join(', ')}`
      throw new SpError('EINVAL', { message })
    }
    if (value !== undefined) merged[key] = check(`option ${key}`, rules[key] as OptionRule, value)
  }
  return platform.conceal(merged)
}
