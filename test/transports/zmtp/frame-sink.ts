/** A sink that writes down what it is told, with bodies as text. */
import type { FrameSink } from '../../../src/transports/stream/wire.ts'

export function recordingFrames(): { readonly sink: FrameSink; readonly seen: unknown[] } {
  const seen: unknown[] = []
  const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString()
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
  return {
    seen,
    sink: {
      frame: (bytes, start, end) => void seen.push(['frame', text(bytes.subarray(start, end))]),
      parts: (header, body) => void seen.push(['parts', hex(header), text(body)]),
      dropped: (reason, details) =>
        void seen.push(['dropped', reason, details?.size, (details?.cause as Error | undefined)?.message]),
      tooBig: (size) => void seen.push(['too big', size]),
      malformed: (cause) => void seen.push(['malformed', cause?.message]),
      farewell: (cause) => void seen.push(['farewell', cause?.message]),
      decoded: () => void seen.push(['decoded'])
    }
  }
}
