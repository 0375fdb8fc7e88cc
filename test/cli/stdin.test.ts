/** Standard input as bodies: bytes, lines, limits. */
import { PassThrough, Readable } from 'node:stream'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Lines, readAll } from '../../src/cli/stdin.ts'
import { ours } from './command.ts'

async function linesOf(chunks: readonly Uint8Array[], limit?: number): Promise<Buffer[]> {
  const source = new Lines(Readable.from(chunks), undefined, limit)
  const lines: Buffer[] = []
  for (let line = await source.next(); line !== undefined; line = await source.next()) lines.push(line)
  return lines
}

const latin = (...texts: string[]): Buffer[] => texts.map((text) => Buffer.from(text, 'latin1'))

describe('lines', () => {
  it('CLI-24 end with LF or CR LF and with nothing else', async () => {
    const input = latin('latin \xe9\nx\ry\na\u0085b\nfour\r\n\r\n\nlast\r')
    expect(await linesOf(input)).toEqual(latin('latin \xe9', 'x\ry', 'a\u0085b', 'four', '', '', 'last\r'))
    const separators = Buffer.from('one\u2028two\u2029three\n')
    expect(await linesOf([separators])).toEqual([separators.subarray(0, -1)])
  })

  it('CLI-24 are the bytes of any input, however it is cut', async () => {
    const bytes = fc.uint8Array({ maxLength: 200 }).map((array) => array.map((byte) => (byte % 5 === 0 ? 10 : byte)))
    await fc.assert(
      fc.asyncProperty(bytes, fc.integer({ min: 1, max: 9 }), async (input, size) => {
        const chunks = Array.from({ length: Math.ceil(input.length / size) }, (_, i) =>
          input.subarray(i * size, (i + 1) * size)
        )
        const text = Buffer.from(input).toString('latin1')
        const expected = text.split('\n').map((line, i, all) => (i < all.length - 1 ? line.replace(/\r$/, '') : line))
        if (expected.at(-1) === '') expected.pop()
        expect((await linesOf(chunks)).map((line) => line.toString('latin1'))).toEqual(expected)
      })
    )
  })

  it('have a longest length, in one piece and in many', async () => {
    expect(await linesOf(latin('12345\n1234'), 5)).toEqual(latin('12345', '1234'))
    for (const chunks of [['123456\n'], ['123', '456\n'], ['1', '2', '3', '4', '5', '6', '7']]) {
      await expect(linesOf(latin(...chunks), 5)).rejects.toMatchObject({
        exitCode: 2,
        message: 'Error reading standard input: a line has more than 5 bytes'
      })
    }
  })

  it('are read as they are asked for: what waits stays in the stream', async () => {
    const stream = new PassThrough({ highWaterMark: 1000 })
    const lines = new Lines(stream)
    let written = 0
    while (stream.write('x\n') && written < 100_000) written++
    expect((await lines.next())?.toString()).toBe('x')
    await new Promise((resolve) => setImmediate(resolve))
    while (stream.write('x\n') && written < 100_000) written++
    expect(written).toBeLessThan(3000)
    lines.close()
  })

  it('end with the signal, also while one is awaited', async () => {
    const stop = new AbortController()
    const lines = new Lines(new PassThrough(), stop.signal)
    const next = lines.next()
    stop.abort()
    expect(await next).toBeUndefined()
    expect(await lines.next()).toBeUndefined()
  })
})

describe('an input that fails', () => {
  const failing = (): Readable =>
    new Readable({
      read() {
        this.destroy(Object.assign(new Error('EISDIR: illegal operation'), { code: 'EISDIR' }))
      }
    })

  it('CLI-11 ends a run with exit code 2, in lines and as a whole', async () => {
    for (const words of [['--lines'], ['-F', '-']]) {
      expect(await ours(['--push', '--bind', 'inproc://failing', ...words], { stdin: failing() })).toMatchObject({
        code: 2,
        stderr: 'Error reading standard input: Is a directory\n'
      })
    }
    await expect(readAll(failing())).rejects.toMatchObject({ exitCode: 2 })
  })
})
