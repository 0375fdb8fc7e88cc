/** Checks the values of the endpoint options `ws` and `ipc`. Browsers have neither and do without. */

const isObject = (v: unknown): v is object => typeof v === 'object' && v !== null && !Array.isArray(v)

const rules: Record<'ws' | 'ipc', Record<string, (value: unknown) => boolean>> = {
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

/** Whether every key is known and every value given is right. */
export function acceptsValues(option: 'ws' | 'ipc', value: object): boolean {
  return Object.entries(value).every(
    ([key, v]) => Object.hasOwn(rules[option], key) && (v === undefined || rules[option][key]?.(v) === true)
  )
}

/** A header name that does not belong to the upgrade itself. */
function isHeader(name: string): boolean {
  return /^[\w!#$%&'*+.^`|~-]+$/.test(name) && !/^(sec-websocket-.*|upgrade|connection|content-length)$/i.test(name)
}

function isLine(text: string): boolean {
  return /^[\t\x20-\x7e\x80-\xff]*$/.test(text)
}
