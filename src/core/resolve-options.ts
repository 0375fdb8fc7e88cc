/**
 * Checks the options of sockets and endpoints. Values are checked once, when a socket or endpoint is made; what passes is
 * frozen and readable as `socket.options` and `endpoint.options`.
 */
import { endpointOptions, socketOptions } from './option-table.ts'
import type { ResolvedEndpointOptions, ResolvedOptions } from './options.ts'
import { platform } from './platform.ts'
import { check, checkNames, type OptionRule, type OptionRules } from './rules.ts'
import { transportOptions } from './transport.ts'

type Values = Readonly<Record<string, unknown>>

function endpointRules(): OptionRules {
  return { ...endpointOptions, ...transportOptions() }
}

/** Checks the options of a socket. `own` are those that its pattern has beyond the common ones. */
export function resolveSocketOptions(given: unknown, own: OptionRules | undefined, owner: string): ResolvedOptions {
  const rules: OptionRules = { ...socketOptions, ...endpointRules(), ...own }
  return merge(rules, { name: owner }, owner, given) as ResolvedOptions
}

/** Checks the options of an endpoint; what is not given comes from the socket. */
export function resolveEndpointOptions(
  given: unknown,
  socket: ResolvedOptions,
  owner: string
): ResolvedEndpointOptions {
  return merge(endpointRules(), socket as object as Values, owner, given) as ResolvedEndpointOptions
}

/** Checks what is given and puts it over what is inherited, or the default where nothing is. */
function merge(rules: OptionRules, inherited: Values, owner: string, given: unknown = {}): object {
  checkNames(owner, Object.keys(rules), given)
  const merged: { [name: string]: unknown } = {}
  for (const name in rules) merged[name] = name in inherited ? inherited[name] : rules[name]?.default
  for (const [name, value] of Object.entries(given as object)) {
    if (value !== undefined) merged[name] = check(`option ${name}`, rules[name] as OptionRule, value)
  }
  return platform.conceal(merged)
}
