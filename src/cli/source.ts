/** Where the bodies to send come from: one and the same for ever, or the lines of stdin. */
import type { Io } from './io.ts'
import type { Settings } from './settings.ts'
import { Lines, readAll } from './stdin.ts'

export interface Source {
  /** The next body; undefined when there is none any more. */
  next(): Promise<Buffer | undefined>
  /** Whether it comes to an end by itself. */
  readonly finite: boolean
  close(): void
}

export async function openSource(settings: Settings, io: Io): Promise<Source | undefined> {
  const { stdin } = settings
  if (stdin === undefined) return settings.data && always(settings.data)
  return stdin === 'lines' ? new Lines(io.stdin, io.signal) : always(await readAll(io.stdin, io.signal))
}

function always(body: Buffer): Source {
  return { next: async () => body, finite: false, close: () => {} }
}
