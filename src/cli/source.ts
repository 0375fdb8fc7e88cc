/** Where the bodies to send come from: one and the same for ever, or the lines of stdin. */
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import type { Io } from './io.ts'
import type { Settings } from './settings.ts'

export interface Source {
  /** The next body; undefined when there is none any more. */
  next(): Promise<Buffer | undefined>
  /** Whether it comes to an end by itself. */
  readonly finite: boolean
  close(): void
}

export async function openSource(settings: Settings, io: Io): Promise<Source | undefined> {
  if (settings.stdin === 'lines') return lines(io.stdin, io.signal)
  const body = settings.stdin === 'whole' ? await readAll(io.stdin, io.signal) : settings.data
  return body && { next: async () => body, finite: false, close: () => {} }
}

async function readAll(stream: Readable, signal: AbortSignal | undefined): Promise<Buffer> {
  const chunks: Buffer[] = []
  const stop = (): void => void stream.destroy(new Error(String(signal?.reason)))
  signal?.addEventListener('abort', stop, { once: true })
  try {
    for await (const chunk of stream) chunks.push(Buffer.from(chunk as Uint8Array))
    return Buffer.concat(chunks)
  } finally {
    signal?.removeEventListener('abort', stop)
  }
}

function lines(stream: Readable, signal: AbortSignal | undefined): Source {
  const reader = createInterface({ input: stream, crlfDelay: Infinity })
  // Taken at once: lines that arrive before the first next() would be lost otherwise.
  const iterator = reader[Symbol.asyncIterator]()
  const stop = (): void => reader.close()
  signal?.addEventListener('abort', stop, { once: true })
  return {
    finite: true,
    async next() {
      const { done, value } = await iterator.next()
      return done === true || signal?.aborted ? undefined : Buffer.from(value)
    },
    close() {
      signal?.removeEventListener('abort', stop)
      reader.close()
    }
  }
}
