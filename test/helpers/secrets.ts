/** Everything that is said while something goes wrong, as whoever logs it would write it down. */
import { inspect } from 'node:util'
import type { Socket, SocketEventName } from 'hubless'

const events: readonly SocketEventName[] = ['attach', 'detach', 'reject', 'retry', 'drop', 'listen', 'close']

export class Log {
  readonly #lines: string[] = []

  /** A thing printed to any depth, and as JSON. */
  note(thing: unknown): void {
    const seen = new WeakSet()
    const unlooped = (_key: string, value: unknown): unknown => {
      if (typeof value === 'bigint') return String(value)
      if (typeof value !== 'object' || value === null) return value
      if (seen.has(value)) return '[again]'
      seen.add(value)
      return value
    }
    this.#lines.push(inspect(thing, { depth: Infinity, maxStringLength: Infinity, maxArrayLength: Infinity }))
    this.#lines.push(JSON.stringify(thing, unlooped) ?? '')
  }

  /** Its events from now on, what it counts and itself; returns it. */
  follow<S extends Socket>(socket: S): S {
    for (const name of events) {
      socket.on(name, (event: unknown) => {
        this.note(event)
        this.note(socket.stats())
        this.note(socket)
        for (const peer of socket.peers) this.note([peer, peer.info, peer.stats()])
      })
    }
    return socket
  }

  /** Runs what may throw. */
  async attempt(task: () => unknown): Promise<void> {
    try {
      this.note(await task())
    } catch (error) {
      this.note(error)
    }
  }

  /** Lines that hold a secret, in clear or in one of the usual encodings. */
  leaks(secret: string): string[] {
    const bytes = Buffer.from(secret)
    const spaced = bytes.toString('hex').replace(/..(?=.)/g, '$& ')
    const forms = [
      secret,
      JSON.stringify(secret).slice(1, -1),
      encodeURIComponent(secret),
      bytes.toString('hex'),
      spaced
    ]
    // Without the last characters, which depend on what follows.
    forms.push(bytes.toString('base64').replace(/.{2}=*$/, ''), `[${bytes.join(',')}]`)
    return this.#lines.filter((line) => forms.some((form) => line.includes(form)))
  }

  get size(): number {
    return this.#lines.length
  }
}
