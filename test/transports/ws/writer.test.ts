/** Masked frames of every size around the borders, as `ws` reads them. */
import type { Socket } from 'node:net'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as ws from 'ws'
import { keptBody } from '../../../src/core/transport.ts'
import { unlimited } from '../../../src/transports/stream/allowance.ts'
import { WsWriter } from '../../../src/transports/ws/writer.ts'
import { FakeStream } from '../fake-stream.ts'

/** The types of ws leave it out. */
const { Receiver } = ws as unknown as { Receiver: new (options: object) => NodeJS.WritableStream }

/** What the writer hands to its stream, in one piece. */
async function write(messages: readonly (readonly [Uint8Array, Uint8Array])[], masked: boolean): Promise<Buffer> {
  const chunks: Buffer[] = []
  const stream = {
    cork: () => {},
    uncork: () => {},
    write: (chunk: Uint8Array, done: () => void) => {
      chunks.push(Buffer.from(chunk))
      queueMicrotask(done)
      return true
    }
  }
  const writer = new WsWriter(stream as unknown as Socket, { masked, type: 'binary', limit: unlimited }, () => {})
  for (const [header, body] of messages) writer.write(header, body)
  writer.flush()
  await new Promise((resolve) => setImmediate(resolve))
  expect(writer.pending).toBe(0)
  return Buffer.concat(chunks)
}

function read(bytes: Buffer, isServer: boolean): Promise<Buffer[]> {
  return new Promise((resolve, reject) => {
    const messages: Buffer[] = []
    const receiver = new Receiver({ isServer })
    receiver.on('message', (data: Buffer) => messages.push(Buffer.from(data)))
    receiver.on('error', reject)
    receiver.write(bytes, () => resolve(messages))
  })
}

describe.each([
  ['masked', true],
  ['unmasked', false]
] as const)('%s frames', (_title, masked) => {
  it('WS-17 WS-18 WS-19 carry header and body of every size', async () => {
    const sizes = [
      0, 1, 2, 3, 4, 5, 121, 122, 125, 126, 127, 511, 512, 513, 4095, 8192, 8193, 65535, 65536, 1048576, 2097157
    ]
    const messages = [0, 4, 8].flatMap((header) =>
      sizes.map((size) => [Buffer.alloc(header, 0xa5), Buffer.from(new Uint8Array(size).map((_, i) => i * 7))] as const)
    )
    const received = await read(await write(messages, masked), masked)
    expect(received.length).toBe(messages.length)
    for (const [i, message] of messages.entries())
      expect(received[i]?.equals(Buffer.concat(message)), `${i}`).toBe(true)
  })

  it('carry any sequence of messages', async () => {
    const message = fc.tuple(
      fc.constantFrom(0, 4, 8).chain((n) => fc.uint8Array({ minLength: n, maxLength: n })),
      fc.uint8Array({ maxLength: 1500 })
    )
    await fc.assert(
      fc.asyncProperty(fc.array(message, { maxLength: 30 }), async (messages) => {
        const received = await read(await write(messages, masked), masked)
        expect(received).toEqual(messages.map((parts) => Buffer.concat(parts)))
      }),
      { numRuns: 50 }
    )
  })
})

it('every masked frame has a key of its own', async () => {
  const bytes = await write(
    Array.from({ length: 5000 }, () => [new Uint8Array(0), new Uint8Array(1)] as const),
    true
  )
  const keys = new Set(Array.from({ length: 5000 }, (_, i) => bytes.readInt32LE(i * 7 + 2)))
  expect(keys.size).toBeGreaterThan(4990)
})

it('frames of two connections share nothing that its sender keeps', async () => {
  const bodies = ['one', 'two'].map((text) => Buffer.from(text))
  const streams = bodies.map(() => ({ chunks: [] as Buffer[] }))
  for (const [i, body] of bodies.entries()) {
    const stream = {
      cork: () => {},
      uncork: () => {},
      write: (chunk: Uint8Array, done: () => void) => {
        streams[i]?.chunks.push(Buffer.from(chunk))
        queueMicrotask(done)
        return true
      }
    }
    const options = { masked: false, type: 'binary', limit: unlimited } as const
    const writer = new WsWriter(stream as unknown as Socket, options, () => {})
    writer.write(new Uint8Array(0), body, keptBody)
    writer.flush()
  }
  await new Promise((resolve) => setImmediate(resolve))
  for (const [i, body] of bodies.entries()) {
    expect(await read(Buffer.concat(streams[i]?.chunks ?? []), false)).toEqual([body])
  }
})

it('WS-22 nothing follows a Close, which is said once, with a code or without', async () => {
  for (const [code, bytes] of [
    [1000, [0x88, 2, 3, 0xe8]],
    [undefined, [0x88, 0]]
  ] as const) {
    const stream = new FakeStream()
    const options = { masked: false, type: 'binary', limit: unlimited } as const
    const writer = new WsWriter(stream.socket, options, () => {})
    writer.close(code)
    writer.ping()
    writer.pong(Buffer.from('late'))
    writer.close(1001)
    writer.flush()
    expect([...Buffer.concat(stream.written)]).toEqual(bytes)
  }
})
