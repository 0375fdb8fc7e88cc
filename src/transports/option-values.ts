/** What may stand in the endpoint options `ws` and `ipc`. Browsers use next to nothing of them and do without. */
import { isObject, type Rule } from '../core/rules.ts'

type Values = Record<string, (value: unknown) => boolean>

const values: Record<'ws' | 'ipc', Values> = {
  ws: {
    origins: (v) =>
      v === '*' || typeof v === 'function' || (Array.isArray(v) && v.every((origin) => typeof origin === 'string')),
    // A header with a line break would smuggle in another one.
    headers: (v) =>
      isObject(v) &&
      Object.entries(v).every(([name, text]) => isHeader(name) && typeof text === 'string' && isLine(text)),
    server: (v) => isObject(v) && typeof (v as { on?: unknown }).on === 'function',
    type: (v) => v === 'binary' || v === 'text'
  },
  ipc: {
    mode: (v) => Number.isInteger(v) && (v as number) >= 0 && (v as number) <= 0o777
  }
}

/** For the option table of Node. */
export const optionRules: Record<'ws' | 'ipc', Rule> = {
  ws: {
    allowed: "an object with origins ('*', a list of strings or a function), headers, server, type ('binary', 'text')",
    accepts: (v) => isObject(v) && fits(values.ws, v)
  },
  ipc: {
    allowed: 'an object with mode, a whole number from 0 to 0o777',
    accepts: (v) => isObject(v) && fits(values.ipc, v)
  }
}

/** Whether every key is known and every value given is right. */
function fits(known: Values, object: object): boolean {
  return Object.entries(object).every(
    ([key, v]) => Object.hasOwn(known, key) && (v === undefined || known[key]?.(v) === true)
  )
}

/** A header name that does not belong to the upgrade itself. */
function isHeader(name: string): boolean {
  return /^[\w!#$%&'*+.^`|~-]+$/.test(name) && !/^(sec-websocket-.*|upgrade|connection|content-length)$/i.test(name)
}

function isLine(text: string): boolean {
  return /^[\t\x20-\x7e\x80-\xff]*$/.test(text)
}
