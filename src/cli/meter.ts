/** The rates of `--stats` and `--bench`, on stderr: a line that is rewritten on a terminal, and the totals at the end. */
import type { Socket } from '../index.ts'
import type { Io } from './io.ts'
import type { Settings } from './settings.ts'
import { retell, tell } from './terminal.ts'

interface Reading {
  readonly time: number
  readonly messages: number
  readonly bytes: number
}

export class Meter {
  readonly #socket: Socket
  readonly #io: Io
  readonly #wanted: boolean
  /** On no terminal only `--bench` shows progress, a line each. */
  readonly #live: 'rewrite' | 'lines' | undefined
  #timer: NodeJS.Timeout | undefined
  #first: Reading | undefined
  #last: Reading | undefined

  constructor(socket: Socket, { stats, bench }: Settings, io: Io) {
    this.#socket = socket
    this.#io = io
    this.#wanted = stats || bench
    this.#live = (io.stderr as NodeJS.WriteStream).isTTY ? 'rewrite' : bench ? 'lines' : undefined
  }

  start(): void {
    if (!this.#wanted) return
    this.#first = this.#last = this.#read()
    if (this.#live !== undefined) this.#timer = setInterval(() => this.#progress(), 1000)
  }

  finish(): void {
    clearInterval(this.#timer)
    const first = this.#first
    if (first === undefined) return
    const { stderr } = this.#io
    const stats = this.#socket.stats()
    const drops = Object.entries(stats.drops).map(([reason, count]) => `, ${count} dropped (${reason})`)
    if (this.#live === 'rewrite') retell(stderr, '')
    tell(
      stderr,
      `sent ${stats.messagesSent} (${stats.bytesSent} bytes), received ${stats.messagesReceived} ` +
        `(${stats.bytesReceived} bytes)${drops.join('')} in ${seconds(first, this.#read())}: ${rate(first, this.#read())}\n`
    )
  }

  #progress(): void {
    const now = this.#read()
    const text = rate(this.#last ?? now, now)
    this.#last = now
    if (this.#live === 'rewrite') retell(this.#io.stderr, text)
    else tell(this.#io.stderr, `${text}\n`)
  }

  #read(): Reading {
    const { messagesSent, messagesReceived, bytesSent, bytesReceived } = this.#socket.stats()
    const messages = messagesSent + messagesReceived
    return { time: performance.now(), messages, bytes: bytesSent + bytesReceived }
  }
}

function seconds(from: Reading, to: Reading): string {
  return `${((to.time - from.time) / 1000).toFixed(2)} s`
}

function rate(from: Reading, to: Reading): string {
  const elapsed = Math.max(1, to.time - from.time) / 1000
  const messages = Math.round((to.messages - from.messages) / elapsed)
  const megabytes = (to.bytes - from.bytes) / elapsed / 1e6
  return `${messages} msg/s, ${megabytes.toFixed(1)} MB/s`
}
