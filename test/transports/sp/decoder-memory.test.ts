/** What the decoder holds in memory while a message arrives. Apart from the others, since measuring takes its time. */
import { describe, expect, it } from 'vitest'
import { SpDecoder } from '../../../src/transports/sp/decoder.ts'
import { memoryInUse } from '../../helpers/memory.ts'
import { expectBodies, FrameLog, frame, framings, payload } from './frames.ts'

const limit = 1 << 20

describe.each(framings)('decoder of %s frames', (_name, framing) => {
  it('holds a message that arrives in single bytes in memory of about its size', async () => {
    const body = payload(100_000, 1)
    const bytes = frame(framing, body)
    const log = new FrameLog()
    const decoder = new SpDecoder(framing, limit, log)
    const before = await memoryInUse()
    // Each byte in memory of its own, as it comes from the network.
    for (const byte of bytes.subarray(0, -1)) decoder.push(Buffer.from(new Uint8Array([byte]).buffer))
    expect((await memoryInUse()) - before).toBeLessThan(20 * body.length)
    decoder.push(bytes.subarray(-1))
    expectBodies(log, [body])
  })
})
