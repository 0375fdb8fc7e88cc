/**
 * What a reply must be: a text, a regular expression, or a place in a JSON document.
 *
 *   'pong'               exactly these bytes
 *   /^ok/  '/^ok/i'      matches the text
 *   '$.queue.depth'      that place exists and is neither false nor null
 *   '$.status=ok'        that place is this value, as text or as JSON
 *   (body) => boolean    decides by itself
 */
import { notAllowed } from '../rules.ts'

/** What a reply must be: a text (equal), an expression or JSON path, or a function; see docs/health.md. */
export type Expectation = string | RegExp | ((body: Buffer) => boolean)

/** Throws `EINVAL` for an expression that is none. */
export function matcher(expect: Expectation): Matcher {
  if (typeof expect === 'function') return expect
  if (expect instanceof RegExp) return regularMatcher(expect.source, expect.flags)
  const [, source, flags] = /^\/(.+)\/([a-z]*)$/s.exec(expect) ?? []
  if (source !== undefined) return regularExpression(expect, source, flags)
  if (expect === '$' || /^\$[.[=]/.test(expect)) return jsonMatcher(expect)
  return (body) => body.equals(Buffer.from(expect))
}

type Matcher = (body: Buffer) => boolean

function regularExpression(expression: string, source: string, flags: string | undefined): Matcher {
  try {
    return regularMatcher(source, flags ?? '')
  } catch (error) {
    const allowed = `a regular expression that compiles (${(error as Error).message})`
    throw notAllowed('option expect', expression, allowed, error)
  }
}

/** Without g and y: with them a match would depend on the one before. */
function regularMatcher(source: string, flags: string): Matcher {
  const expression = new RegExp(source, flags.replace(/[gy]/g, ''))
  return (body) => expression.test(body.toString())
}

function jsonMatcher(expression: string): Matcher {
  const [, path, wanted] = /^\$((?:\.[\w-]+|\[\d+\]|\["[^"]*"\])*)(?:=(.*))?$/s.exec(expression) ?? []
  if (path === undefined) throw notAllowed('option expect', expression, 'a path such as $.a.b[0] or $.a=value')
  const parts = path.matchAll(/\.([\w-]+)|\[(\d+)\]|\["([^"]*)"\]/g)
  const steps = Array.from(parts, ([, a, b, c]) => a ?? b ?? c ?? '')
  return (body) => {
    let value: unknown
    try {
      value = JSON.parse(body.toString())
    } catch {
      return false
    }
    for (const step of steps) {
      if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return false
      value = (value as Record<string, unknown>)[step]
    }
    if (wanted === undefined) return value !== false && value !== null
    return value === wanted || JSON.stringify(value) === wanted
  }
}
