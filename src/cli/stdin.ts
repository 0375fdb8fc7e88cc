/**
 * Standard input as bodies: all of it, or its lines. A line ends with LF or CR LF, the last one also without; the bytes
 * between are nobody's business. What is not asked for yet stays in the stream, which stops reading.
 */
import type { Readable } from 'node:stream'
import { Failure, strerror } from './failure.ts'
import { Gathered, longestBody } from './gathered.ts'
import { visible } from './terminal.ts'

const reading = 'Error reading standard input'
const nothing: Buffer = Buffer.alloc(0)
const lineFeed = 0x0a
const carriageReturn = 0x0d

export async function readAll(stream: Readable, signal?: AbortSignal): Promise<Buffer> {
  const all = new Gathered(Infinity)
  const stop = (): void => void stream.destroy()
  signal?.addEventListener('abort', stop, { once: true })
  try {
    for await (const chunk of stream) all.add(Buffer.from(chunk as Uint8Array))
    return all.take()
  } catch (error) {
    throw signal?.aborted === true ? signal.reason : readingFailed(error)
  } finally {
    signal?.removeEventListener('abort', stop)
  }
}

export class Lines {
  readonly finite = true
  readonly #stream: Readable
  readonly #signal: AbortSignal | undefined
  readonly #limit: number
  readonly #chunks: AsyncIterator<unknown>
  /** Of the last chunk, what is not handed out yet. */
  #rest = nothing
  /** The beginning of a line whose end is not here yet. */
  readonly #begun: Gathered
  #closed = false
  readonly #stop = (): void => this.close()

  constructor(stream: Readable, signal?: AbortSignal, limit: number = longestBody) {
    this.#stream = stream
    this.#signal = signal
    this.#limit = limit
    this.#begun = new Gathered(limit)
    this.#chunks = stream[Symbol.asyncIterator]()
    signal?.addEventListener('abort', this.#stop, { once: true })
  }

  async next(): Promise<Buffer | undefined> {
    while (!this.#closed) {
      const end = this.#rest.indexOf(lineFeed)
      if (end >= 0) {
        const line = this.#finish(this.#rest.subarray(0, end))
        this.#rest = this.#rest.subarray(end + 1)
        return line.at(-1) === carriageReturn ? line.subarray(0, -1) : line
      }
      this.#gather(this.#rest)
      this.#rest = nothing
      const chunk = await this.#read()
      if (chunk === undefined) break
      this.#rest = chunk
    }
    return this.#closed || this.#begun.length === 0 ? undefined : this.#begun.take()
  }

  close(): void {
    this.#closed = true
    this.#signal?.removeEventListener('abort', this.#stop)
    this.#stream.destroy()
  }

  #finish(end: Buffer): Buffer {
    if (this.#begun.length === 0 && end.length <= this.#limit) return end
    this.#gather(end)
    return this.#begun.take()
  }

  #gather(piece: Buffer): void {
    if (!this.#begun.add(piece)) throw new Failure(2, `${reading}: a line has more than ${this.#limit} bytes`)
  }

  async #read(): Promise<Buffer | undefined> {
    try {
      const { done, value } = await this.#chunks.next()
      return done === true ? undefined : Buffer.from(value as Uint8Array)
    } catch (error) {
      if (this.#closed) return undefined
      throw readingFailed(error)
    }
  }
}

function readingFailed(error: unknown): Failure {
  const { code, message } = error as NodeJS.ErrnoException
  return new Failure(2, `${reading}: ${code === undefined ? visible(message) : strerror(code)}`)
}
