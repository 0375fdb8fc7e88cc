/**
 * Somebody between a dialer and a listener of any transport with bytes, who passes on what two real sockets say in other
 * pieces, and changes, drops, repeats, reorders or ends it on the way. Inside TLS he stands where the bytes are in clear.
 */

import { connect, createServer, type Server, type Socket } from 'node:net'
import { connect as connectTls, createServer as createTlsServer } from 'node:tls'
import fc from 'fast-check'
import { localTls } from '../helpers/certificates.ts'
import { plainUrl } from '../helpers/peers.ts'
import { eventually } from '../helpers/sockets.ts'
import { tempPath } from '../helpers/temp.ts'

/** What happens to a stream when so many bytes of it have passed. Plain data, so that a failure can be kept. */
export interface Edit {
  readonly at: number
  readonly kind: 'set' | 'insert' | 'cut' | 'repeat' | 'swap' | 'end' | 'reset'
  readonly count: number
  readonly value: number
}

export interface Plan {
  readonly toListener: readonly Edit[]
  readonly toDialer: readonly Edit[]
  /** Sizes of the pieces in which bytes are passed on, again and again. */
  readonly pieces: readonly number[]
}

const edit: fc.Arbitrary<Edit> = fc.record({
  at: fc.oneof(fc.nat(20), fc.nat(120), fc.nat(700)),
  kind: fc.constantFrom('set', 'set', 'insert', 'cut', 'repeat', 'swap', 'end', 'reset'),
  count: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constantFrom(64, 300)),
  value: fc.oneof(fc.constantFrom(0, 1, 2, 4, 0x7f, 0x80, 0xff), fc.nat(255))
})
const edits = fc.array(edit, { maxLength: 3 })
const sizes = fc.array(fc.oneof(fc.constantFrom(1, 2, 7, 8, 9), fc.integer({ min: 1, max: 5000 })), { maxLength: 5 })

export const plans: fc.Arbitrary<Plan> = fc.record({ toListener: edits, toDialer: edits, pieces: sizes })
/** Nothing is damaged, only cut otherwise. */
export const cutOnly: fc.Arbitrary<Plan> = sizes.map((pieces) => ({ toListener: [], toDialer: [], pieces }))

/** How much of a stream may be repeated. */
const memory = 300

/** Applies edits to a stream that comes in chunks; undefined after the end that one of them makes. */
class Editor {
  readonly #edits: Edit[]
  #passed = 0
  #cutting = 0
  #tail: Buffer = Buffer.alloc(0)

  constructor(edits: readonly Edit[]) {
    this.#edits = edits.toSorted((a, b) => a.at - b.at)
  }

  /** What is passed on of a chunk, and how the stream ends with it, if it does. */
  feed(chunk: Buffer): { bytes: Buffer; over?: 'end' | 'reset' } {
    const out: Buffer[] = []
    let rest = chunk
    for (;;) {
      const [next] = this.#edits
      const until = next === undefined ? rest.length : Math.min(rest.length, Math.max(0, next.at - this.#passed))
      const plain = this.#take(rest.subarray(0, until))
      out.push(plain)
      rest = rest.subarray(until)
      this.#tail = Buffer.concat([this.#tail, plain]).subarray(-memory)
      if (next === undefined || rest.length === 0) return { bytes: Buffer.concat(out) }
      this.#edits.shift()
      const { kind, count, value } = next
      if (kind === 'end' || kind === 'reset') return { bytes: Buffer.concat(out), over: kind }
      if (kind === 'cut') this.#cutting += count
      if (kind === 'insert') out.push(Buffer.alloc(count, value))
      if (kind === 'repeat') out.push(this.#tail.subarray(-count))
      if (kind === 'set') rest = Buffer.concat([Buffer.of(value), rest.subarray(1)])
      if (kind === 'swap') {
        rest = Buffer.concat([rest.subarray(count, 2 * count), rest.subarray(0, count), rest.subarray(2 * count)])
      }
    }
  }

  #take(bytes: Buffer): Buffer {
    this.#passed += bytes.length
    const cut = Math.min(this.#cutting, bytes.length)
    this.#cutting -= cut
    return bytes.subarray(cut)
  }
}

export interface Middleman {
  /** What a dialer connects to in place of the listener. */
  readonly url: string
  /** For the connections from now on. */
  plan: Plan
  /** Connections that the listener has got from here. */
  readonly connected: number
  /** Breaks off all of them, as soon as the listener has them. */
  cut(): Promise<void>
  close(): void
}

/** Stands before the listener at `url`. */
export async function standBefore(url: string): Promise<Middleman> {
  const secure = /^(?:wss|tls)/.test(url)
  const bare = plainUrl(url)
  const path = bare.startsWith('ipc://') ? bare.slice(6) : undefined
  const streams = new Set<Socket>()
  let connected = 0
  const accept = (near: Socket): void => {
    const far = path === undefined ? connect({ host: '127.0.0.1', port: Number(portOf(bare)) }) : connect({ path })
    remember(streams, near)
    remember(streams, far)
    far.on('connect', () => {
      connected++
      const onward = secure ? connectTls({ socket: far, rejectUnauthorized: false }) : far
      if (secure) remember(streams, onward)
      const { toListener, toDialer, pieces } = middleman.plan
      pass(near, onward, toListener, pieces)
      pass(onward, near, toDialer, pieces)
      if (near.destroyed) onward.destroy()
    })
  }
  const server: Server = secure ? createTlsServer(localTls().bind.tls, accept) : createServer(accept)
  const own = path === undefined ? { host: '127.0.0.1', port: 0 } : { path: tempPath() }
  await new Promise<void>((resolve) => server.listen(own, resolve))
  const address = server.address()
  const where = typeof address === 'string' ? address : `127.0.0.1:${address?.port}`
  const middleman: Middleman = {
    url: `${url.slice(0, url.indexOf('://'))}://${where}`,
    plan: { toListener: [], toDialer: [], pieces: [] },
    get connected() {
      return connected
    },
    cut: async () => {
      await eventually(() => [...streams].every(({ connecting }) => !connecting))
      for (const stream of streams) stream.destroy()
    },
    close: () => {
      server.close()
      for (const stream of streams) stream.destroy()
    }
  }
  return middleman
}

function portOf(url: string): string | undefined {
  return /:(\d+)(?:\/.*)?$/.exec(url)?.[1]
}

function remember(streams: Set<Socket>, stream: Socket): void {
  streams.add(stream)
  stream.setNoDelay(true)
  stream.on('error', () => {})
  stream.on('close', () => streams.delete(stream))
}

function pass(from: Socket, to: Socket, edits: readonly Edit[], pieces: readonly number[]): void {
  const editor = new Editor(edits)
  let piece = 0
  let over = false
  from.on('data', (chunk: Buffer) => {
    if (over) return
    const { bytes, over: how } = editor.feed(chunk)
    from.pause()
    const write = (at: number): void => {
      const size = pieces[piece++ % Math.max(1, pieces.length)] ?? bytes.length
      if (at < bytes.length) {
        to.write(bytes.subarray(at, at + size))
        setImmediate(write, at + size)
      } else if (how === undefined) from.resume()
      else {
        over = true
        from.resume()
        if (how === 'end') to.end()
        else for (const stream of [from, to]) stream.destroy()
      }
    }
    write(0)
  })
  from.on('end', () => to.end())
  from.on('close', () => to.destroySoon())
}
