/** Stands between two that talk, changes nothing and notes what each says. */
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

let paths = 0
/** A path for a socket that is not there yet. */
export function freePath(): string {
  return join(tmpdir(), `corpus-${process.pid}-${++paths}.sock`)
}

export interface Noted {
  readonly by: 'dialer' | 'listener'
  bytes: Buffer
}

export class Relay implements Disposable {
  /** What was said on the last connection that came about. */
  noted: Noted[] = []
  readonly #server: Server
  readonly #streams: Set<Socket> = new Set()
  readonly #scheme: string

  private constructor(scheme: string, target: { port: number } | { path: string }) {
    this.#scheme = scheme
    this.#server = createServer((near) => {
      const far = connect(target as { port: number })
      for (const stream of [near, far]) this.#streams.add(stream.setNoDelay(true).on('error', () => {}))
      far
        .on('close', () => near.destroy())
        .on('connect', () => {
          const noted: Noted[] = []
          this.noted = noted
          this.#pass(near, far, noted, 'dialer')
          this.#pass(far, near, noted, 'listener')
        })
    })
  }

  /** Before the listener at `url`, which may not be there yet. */
  static async before(url: string): Promise<Relay> {
    const {
      scheme = '',
      port,
      path = ''
    } = /^(?<scheme>.*?):\/\/(?:.*:(?<port>\d+)\/?|(?<path>.*))$/.exec(url)?.groups ?? {}
    const relay = new Relay(scheme, port === undefined ? { path } : { port: Number(port) })
    const own = port === undefined ? { path: freePath() } : { host: '127.0.0.1', port: 0 }
    await new Promise<void>((resolve) => relay.#server.listen(own, resolve))
    return relay
  }

  /** What is dialed in place of the listener. */
  get url(): string {
    const address = this.#server.address() as AddressInfo | string
    // nng asks for an empty path where the URL has none, which is no HTTP.
    if (typeof address === 'object')
      return `${this.#scheme}://127.0.0.1:${address.port}${/ws/.test(this.#scheme) ? '/' : ''}`
    return `${this.#scheme}://${address}`
  }

  [Symbol.dispose](): void {
    this.#server.close()
    for (const stream of this.#streams) stream.destroy()
  }

  #pass(from: Socket, to: Socket, noted: Noted[], by: Noted['by']): void {
    from.on('data', (bytes: Buffer) => {
      const last = noted.at(-1)
      if (last?.by === by) last.bytes = Buffer.concat([last.bytes, bytes])
      else noted.push({ by, bytes })
      to.write(bytes)
    })
    from.on('end', () => to.end()).on('close', () => to.destroySoon())
  }
}
