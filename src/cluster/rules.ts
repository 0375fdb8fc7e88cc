/**
 * What names, topics and numbers may be. One table for options, calls and what arrives from others.
 *
 * Names (of networks, services and zones) are 1 to 63 letters, digits, `_`, `-` and inner dots, so that they fit into a
 * file name, a DNS label list and a NATS subject alike.
 */
import { isObject, type Rule } from '../rules.ts'

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
