/**
 * The other end of a connection at byte level, for tests of the wire: connects to or listens for a hubless socket over
 * TCP or IPC, sends literal bytes and reads exact counts. Everything is destroyed after each test.
 *
 *   const peer = await connectBytes(listener.url)
 *   peer.send('00 53 50 00 00 50 00 00')
 *   expect(await peer.read(8)).toEqual(hex('00 53 50 00 00 51 00 00'))
 */
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { afterEach } from 'vitest'
import { tempPath } from './sockets.ts'

/** Bytes from hexadecimal digits; blanks and line breaks are for the reader. */
export function hex(digits: string): Buffer {
  const bare = digits.replace(/\s+/g, '')
  if (!/^([0-9a-f]{2})*$/i.test(bare)) throw new Error(`not pairs of hexadecimal digits: ${digits}`)
  return Buffer.from(bare, 'hex')
}

const streams = new Set<Socket>()
const servers = new Set<Server>()

afterEach(() => {
  for (const stream of streams) stream.destroy()
  for (const server of servers) server.close()
  streams.clear()
  servers.clear()
})

/** One connection. What arrives is kept until it is read. */
export class BytePeer {
  readonly stream: Socket
  /** Resolves with the bytes that nobody read once the other side ended or broke the connection. */
  readonly closed: Promise<Buffer>
  #received: Buffer = Buffer.alloc(0)
  #over = false
  #wake: (() => void) | undefined

  constructor(stream: Socket) {
    this.stream = stream
    streams.add(stream)
    stream.once('close', () => streams.delete(stream))
    stream.on('data', (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk])
      this.#wake?.()
    })
    stream.on('error', () => {})
    this.closed = new Promise((resolve) => {
      const end = (): void => {
        this.#over = true
        this.#wake?.()
        resolve(this.#received)
      }
      stream.once('end', end)
      stream.once('close', end)
    })
  }

  /** Bytes that arrived and were not read. */
  get unread(): Buffer {
    return this.#received
  }

  /** Writes hexadecimal digits or bytes. */
  send(data: string | Uint8Array): void {
    this.stream.write(typeof data === 'string' ? hex(data) : data)
  }

  /** Exactly `count` bytes; rejects when the connection ends before, or after `timeout` ms (default 5000). */
  async read(count: number, timeout = 5000): Promise<Buffer> {
    const end = performance.now() + timeout
    while (this.#received.length < count) {
      const left = end - performance.now()
      if (this.#over || left <= 0) {
        const why = this.#over ? 'the connection ended' : `${timeout} ms passed`
        throw new Error(`${why} after ${this.#received.length} of ${count} bytes: ${this.#received.toString('hex')}`)
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left)
        this.#wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
    const bytes = this.#received.subarray(0, count)
    this.#received = this.#received.subarray(count)
    return bytes
  }

  /** Sends the SP hello of endpoint id `self` and reads the eight bytes of the peer's. */
  async greet(self: number): Promise<Buffer> {
    this.send(Buffer.from([0, 0x53, 0x50, 0, self >> 8, self & 0xff, 0, 0]))
    return this.read(8)
  }

  /** Ends the sending direction (FIN). */
  end(): void {
    this.stream.end()
  }

  /** Breaks the connection (RST over TCP). */
  reset(): void {
    if (this.stream.remotePort === undefined) this.stream.destroy()
    else this.stream.resetAndDestroy()
  }

  /** Closes both directions. */
  destroy(): void {
    this.stream.destroy()
  }
}

/** Connects to a `tcp://` or `ipc://` URL, such as `listener.url`; with TLS or WebSocket to the TCP port below. */
export function connectBytes(url: string): Promise<BytePeer> {
  return new Promise((resolve, reject) => {
    const stream = connect(target(url))
    stream.once('error', reject)
    stream.once('connect', () => {
      stream.off('error', reject)
      resolve(new BytePeer(stream))
    })
  })
}

export interface ByteListener {
  /** What a hubless socket connects to. */
  readonly url: string
  /** The next connection; the first call takes the first, and so on. */
  accept(): Promise<BytePeer>
  /** Connections accepted so far. */
  readonly count: number
  /** Stops listening; connections stay. */
  close(): void
}

/** Listens on a free TCP port of 127.0.0.1 or a fresh IPC path. */
export function listenBytes(scheme: 'tcp' | 'ipc' = 'tcp'): Promise<ByteListener> {
  const waiting: ((peer: BytePeer) => void)[] = []
  const arrived: BytePeer[] = []
  let count = 0
  const server = createServer((stream) => {
    count++
    const peer = new BytePeer(stream)
    const take = waiting.shift()
    if (take === undefined) arrived.push(peer)
    else take(peer)
  })
  servers.add(server)
  const path = scheme === 'ipc' ? tempPath() : undefined
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(path === undefined ? { host: '127.0.0.1', port: 0 } : { path }, () => {
      server.off('error', reject)
      const url = path === undefined ? `tcp://127.0.0.1:${(server.address() as AddressInfo).port}` : `ipc://${path}`
      resolve({
        url,
        accept: () => {
          const peer = arrived.shift()
          return peer === undefined ? new Promise((take) => waiting.push(take)) : Promise.resolve(peer)
        },
        get count() {
          return count
        },
        close: () => void server.close()
      })
    })
  })
}

function target(url: string): { host: string; port: number } | { path: string } {
  const tcp = /^(?:tcp|tls\+tcp|wss?):\/\/\[?([^\]/]+)\]?:(\d+)(?:\/.*)?$/.exec(url)
  if (tcp !== null) return { host: tcp[1] as string, port: Number(tcp[2]) }
  const ipc = /^ipc:\/\/(.+)$/.exec(url)
  if (ipc !== null) return { path: (ipc[1] as string).replace(/^@/, '\0') }
  throw new Error(`connectBytes speaks tcp:// and ipc://, not ${url}`)
}
