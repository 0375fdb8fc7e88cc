/**
 * What becomes of the output. A stdout whose reader is gone ends the run without a word, as in a pipe into `head`; any
 * other failure of stdout ends it with a message, and one of stderr shows in the exit code: nothing that could not be
 * written counts as done.
 */
import type { Writable } from 'node:stream'
import { Failure, strerror } from './failure.ts'
import type { Io } from './io.ts'

/** A reason to stop: nobody reads on. */
export const nobodyReads = 'EPIPE'

const couldNotWrite = 3

export class Outputs {
  readonly #streams: readonly Writable[]
  readonly #onStdout: (error: Error) => void
  readonly #onStderr: (error: Error) => void
  #stderrFailed = false

  /** `stop` ends the run: with `nobodyReads`, or with the failure that is to be told. */
  constructor({ stdout, stderr }: Io, program: string, stop: (reason: unknown) => void) {
    this.#streams = [stdout, stderr]
    this.#onStdout = (error) => {
      const code = codeOf(error)
      if (code === nobodyReads) stop(nobodyReads)
      else stop(new Failure(couldNotWrite, `${program}: Error writing standard output: ${strerror(code)}`))
    }
    // Whoever closes it wants to hear nothing.
    this.#onStderr = (error) => {
      if (codeOf(error) !== nobodyReads) this.#stderrFailed = true
    }
    stdout.on('error', this.#onStdout)
    stderr.on('error', this.#onStderr)
  }

  /** Resolves when everything has been written, or cannot be. */
  async flush(signal: AbortSignal): Promise<void> {
    for (const stream of this.#streams) await flushed(stream, signal)
  }

  /** The exit code, given that of the run. */
  judge(code: number): number {
    return code === 0 && this.#stderrFailed ? couldNotWrite : code
  }

  /** Once the errors of the last words have come. */
  async release(signal: AbortSignal): Promise<void> {
    await this.flush(signal)
    const [stdout, stderr] = this.#streams
    stdout?.off('error', this.#onStdout)
    stderr?.off('error', this.#onStderr)
  }
}

function codeOf(error: Error): string {
  return (error as NodeJS.ErrnoException).code ?? error.message
}

/** What was written before has been taken by then, or its error has been told, or nobody cares any more. */
function flushed(stream: Writable, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      signal.removeEventListener('abort', done)
      // The event of an error comes after the callbacks.
      setImmediate(resolve)
    }
    if (signal.aborted) return void setImmediate(resolve)
    signal.addEventListener('abort', done)
    stream.write('', done)
  })
}
