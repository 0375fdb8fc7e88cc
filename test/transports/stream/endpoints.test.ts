/** Attempts that were given up before they began end their stream and tell why. */
import type { DialRequest } from 'hubless'
import { describe, expect, it } from 'vitest'
import { connected, greetStream } from '../../../src/transports/stream/endpoints.ts'
import { FakeStream } from '../fake-stream.ts'

const reason = new Error('given up')
const signal = AbortSignal.abort(reason)

describe('an attempt that was given up', () => {
  it('does not wait until its stream is connected', async () => {
    const stream = new FakeStream()
    await expect(connected(stream.socket, signal)).rejects.toBe(reason)
    expect(stream.destroyed).toBe(true)
  })

  it('greets nobody', async () => {
    const stream = Object.assign(new FakeStream(), { unref: () => {} })
    const wire = {
      greet: () => {
        throw new Error('greeted')
      }
    }
    const kind = { wire, describe: () => ({ local: '', remote: '' }) }
    await expect(greetStream(stream.socket, { signal } as DialRequest, kind, 0)).rejects.toBe(reason)
    expect(stream.writableEnded).toBe(true)
  })
})
