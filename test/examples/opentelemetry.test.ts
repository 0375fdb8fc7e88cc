/** examples/opentelemetry: spans across two sides, metrics of all sockets, and the envelope between them. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { unwrap, wrap } from '../../examples/opentelemetry/envelope.ts'
import { hex } from '../helpers/bytes.ts'
import { runProgram } from '../helpers/program.ts'

it('examples/opentelemetry prints what its last comment says, and leaves nothing open', async () => {
  const path = join(process.cwd(), 'examples/opentelemetry/main.ts')
  const [, comment = ''] = readFileSync(path, 'utf8').split('\n// Prints:\n')
  expect(await runProgram(path)).toEqual(
    comment
      .trimEnd()
      .replaceAll(/^\/\/ /gm, '')
      .split('\n')
  )
})

describe('the envelope', () => {
  it('has its mark, the length of its headers, the headers and the body', () => {
    const bytes = wrap({ a: 'b' }, 'body')
    expect(bytes).toEqual(hex('00 68 63 74 01  00 05  61 3a 20 62 0a  62 6f 64 79'))
    expect(unwrap(bytes)).toEqual({ headers: { a: 'b' }, body: Buffer.from('body') })
  })

  it.each([
    ['what has no mark', '62 6f 64 79'],
    ['nothing', ''],
    ['a mark alone', '00 68 63 74 01 00'],
    ['headers that are longer than the message', '00 68 63 74 01 00 06 61 3a 20 62 0a'],
    ['headers that nobody wants to read', `00 68 63 74 01 10 01 ${'61'.repeat(4097)}`]
  ])('is not there for %s, which is a body', (_what, digits) => {
    expect(unwrap(hex(digits))).toEqual({ headers: {}, body: hex(digits) })
  })

  it('refuses headers that are too long', () => {
    expect(() => wrap({ tracestate: 'x'.repeat(5000) }, '')).toThrow(RangeError)
  })
})
