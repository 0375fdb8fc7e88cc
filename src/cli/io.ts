/** The world of one run: what a process gives it, and tests give it in process. */
import type { Readable, Writable } from 'node:stream'

export interface Io {
  readonly stdin: Readable
  readonly stdout: Writable
  readonly stderr: Writable
  readonly env: Readonly<Record<string, string | undefined>>
  /** Ends the run as a signal does; the reason is its name, such as `SIGINT`. */
  readonly signal?: AbortSignal | undefined
}

/** stdout is closed: nobody reads on, so the run ends without a word. */
export const nobodyReads = 'EPIPE'

/** Writes, and waits until the stream takes more. */
export async function write(stream: Writable, bytes: string | Uint8Array): Promise<void> {
  if (stream.write(bytes) || stream.destroyed) return
  await new Promise<void>((resolve) => {
    const done = (): void => {
      stream.off('drain', done).off('close', done).off('error', done)
      resolve()
    }
    stream.on('drain', done).on('close', done).on('error', done)
  })
}
