/** Messages that the application keeps stay what they are, although the decoder uses the memory of chunks again. */
import { describe, expect, it } from 'vitest'
import { SpDecoder } from '../../../src/transports/sp/decoder.ts'
import { FrameLog, framings, payloads, streamOf } from './frames.ts'

const readSize = 65_536

/** Keeps messages where they lie. */
class KeptLog extends FrameLog {
  readonly kept: Uint8Array[] = []

  override frame(bytes: Uint8Array, start: number, end: number): void {
    this.kept.push(bytes.subarray(start, end))
    this.onFrame?.()
  }
}

/** Chunks with memory of their own, as they are read from the network. */
function reads(stream: Buffer): Buffer[] {
  return Array.from({ length: Math.ceil(stream.length / readSize) }, (_, i) => {
    const part = stream.subarray(i * readSize, (i + 1) * readSize)
    const chunk = Buffer.allocUnsafeSlow(part.length)
    part.copy(chunk)
    return chunk
  })
}

const mixes: Record<string, readonly number[]> = {
  'that are as large as a read': Array.from({ length: 40 }, () => 65_536),
  'that are half as large': Array.from({ length: 40 }, (_, i) => 32_700 + i * 40),
  'with large ones before those that span reads': [20_000, 700, 50_000, 600, 64_000, 1000, 5, 60_000, 200_000, 45_000],
  'with small ones before those that span reads': [5, 40_000, 60_000, 5, 5, 300, 60_000, 700, 5, 65_000, 65_000]
}

describe.each(framings)('kept messages of %s frames', (_name, framing) => {
  it.each(Object.entries(mixes))('stay what they are, those %s', (_what, sizes) => {
    const bodies = payloads(sizes)
    for (const pauses of [false, true]) {
      const log = new KeptLog()
      const decoder = new SpDecoder(framing, 1 << 20, log)
      if (pauses) log.onFrame = () => decoder.pause()
      for (const chunk of reads(streamOf(framing, bodies))) decoder.push(chunk)
      while (decoder.backlog > 0) decoder.resume()
      expect(log.faults).toEqual([])
      expect(log.kept.map((body) => body.length)).toEqual(sizes)
      expect(bodies.filter((body, i) => !body.equals(log.kept[i] as Uint8Array))).toHaveLength(0)
    }
  })

  it('lie in the chunk they begin in, where nothing else does', () => {
    const log = new FrameLog()
    const decoder = new SpDecoder(framing, 1 << 20, log)
    const chunks = reads(streamOf(framing, payloads([65_536, 65_536, 65_536])))
    for (const chunk of chunks) decoder.push(chunk)
    expect(log.memory.map((memory) => chunks.findIndex((chunk) => chunk.buffer === memory))).toEqual([0, 1, 2])
  })
})
