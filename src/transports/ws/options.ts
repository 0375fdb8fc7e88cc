/** What may stand in the endpoint option `ws`. */
import { isFunction, isObject, type OptionRule, optional, range } from '../../core/rules.ts'

const isText = (v: unknown): v is string => typeof v === 'string'
const areTexts = (v: unknown): boolean => Array.isArray(v) && v.every(isText)
const interval = range(1, Infinity, ' of ms')
const { accepts: isCount } = range(1)

const values: Readonly<Record<string, (value: unknown) => boolean>> = {
  origins: (v) => v === '*' || isFunction(v) || areTexts(v),
  hosts: areTexts,
  pingInterval: interval.accepts,
  maxHeaderSize: isCount,
  maxFragments: isCount,
  // A header with a line break would smuggle in another one.
  headers: (v) =>
    isObject(v) && Object.entries(v).every(([name, text]) => isHeader(name) && isText(text) && isLine(text)),
  server: (v) => isObject(v) && isFunction((v as { on?: unknown }).on),
  type: (v) => v === 'binary' || v === 'text'
}

export const wsOption: OptionRule = {
  ...optional(
    "an object with origins ('*', a list of strings or a function), hosts (a list of strings), headers, server, " +
      "type ('binary', 'text'), pingInterval (a number of ms from 1, or Infinity), " +
      'maxHeaderSize and maxFragments (whole numbers from 1, or Infinity)',
    (given) =>
      isObject(given) &&
      Object.entries(given).every(
        ([key, v]) => Object.hasOwn(values, key) && (v === undefined || values[key]?.(v) === true)
      )
  ),
  secret: true
}

/** A header name that does not belong to the upgrade itself. */
function isHeader(name: string): boolean {
  return /^[\w!#$%&'*+.^`|~-]+$/.test(name) && !/^(sec-websocket-.*|upgrade|connection|content-length)$/i.test(name)
}

function isLine(text: string): boolean {
  return /^[\t\x20-\x7e\x80-\xff]*$/.test(text)
}
