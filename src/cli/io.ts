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

/** Writes what a message becomes, and waits until the stream takes more. For text there is `tell`. */
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
