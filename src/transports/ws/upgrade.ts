/**
 * The dialing side of the upgrade (RFC 6455 §4.1): the request, and the answer. Whatever the peer answers but a correct 101
 * is a refusal, after which the dialer tries again.
 */
import { randomBytes } from 'node:crypto'
import type { Socket } from 'node:net'
import { noBytes } from '../../core/incoming.ts'
import type { RejectReason } from '../../core/reasons.ts'
import { Refusal } from '../../core/transport.ts'
import { hangUp } from '../stream/hang-up.ts'
import type { Greeting, Session, Wire } from '../stream/wire.ts'
import { acceptKey } from './accept-key.ts'
import type { WsAddress } from './address.ts'
import {
  type Head,
  type HeadFault,
  keepHeaders,
  lists,
  longestHead,
  parseAnswer,
  readHead,
  type UpgradeAnswer
} from './head.ts'
import { opcodes } from './opcodes.ts'
import type { Speech } from './speech.ts'
import { reasonOf } from './verdict.ts'

/** The longest wait for a peer to say that it is busy, or why it refused, ms. */
const maxSettle = 250
/** Of the text that comes with an answer. */
const longestLine = 200

/** WebSocket, for who dials this address. */
export function upgradeWire(address: WsAddress, speech: Speech): Wire {
  return { greet: (stream, greeting, done) => new Upgrade(address, speech, stream, greeting, done).begin() }
}

class Upgrade {
  readonly #address: WsAddress
  readonly #speech: Speech
  /** The subprotocols that we ask for. */
  readonly #offered: readonly string[]
  readonly #stream: Socket
  readonly #greeting: Greeting
  readonly #done: (result: Session | Refusal) => void
  readonly #key: string = randomBytes(16).toString('base64')
  readonly #began: number = performance.now()
  #stop: () => unknown = () => {}

  constructor(
    address: WsAddress,
    speech: Speech,
    stream: Socket,
    greeting: Greeting,
    done: (result: Session | Refusal) => void
  ) {
    this.#address = address
    this.#speech = speech
    this.#offered = speech.offer(greeting)
    this.#stream = stream
    this.#greeting = greeting
    this.#done = done
  }

  begin(): void {
    const { admit, options } = this.#greeting
    const busy = admit()
    if (busy !== undefined) {
      hangUp(this.#stream)
      this.#done(busy)
      return
    }
    const headers = {
      ...options.ws?.headers,
      Host: this.#address.authority,
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': this.#key,
      'Sec-WebSocket-Protocol': this.#offered.join(', ')
    }
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
    this.#stream.on('error', this.#onError).on('end', this.#onEnd).on('close', this.#onEnd)
    this.#stream.write(`GET ${this.#path} HTTP/1.1\r\n${lines.join('')}\r\n`, 'latin1')
    this.#await()
  }

  /** Path and query as they stand in the URL. */
  get #path(): string {
    const { path } = this.#address
    return path.startsWith('/') ? path : `/${path}`
  }

  #await(rest?: Uint8Array): void {
    const longest = this.#greeting.options.ws?.maxHeaderSize ?? longestHead
    const isStart = (text: string): boolean => 'HTTP/1.1 '.startsWith(text)
    this.#stop = readHead(this.#stream, longest, isStart, (head) => this.#judge(head))
    if (rest !== undefined && rest.length > 0) this.#stream.unshift(rest)
    this.#stream.resume()
  }

  #judge(head: Head | HeadFault): void {
    const answer = typeof head === 'string' ? undefined : parseAnswer(head.text)
    const rest = typeof head === 'string' ? noBytes : head.rest
    if (answer === undefined) {
      const fault = head === 'too long' ? 'has a header that is too long' : 'is no HTTP/1.1'
      this.#refuse('websocket', `the answer to the WebSocket upgrade ${fault}`)
    } else if (answer.status === 101) this.#accept(answer, rest)
    else if (answer.status < 200) this.#await(rest)
    else this.#readLine(answer, rest)
  }

  #accept(answer: UpgradeAnswer, rest: Uint8Array): void {
    const fault = this.#fault(answer)
    if (fault !== undefined) this.#refuse('websocket', `the answer to the WebSocket upgrade ${fault}`)
    else if (this.#greeting.exclusive && rest.length === 0) this.#settle(answer)
    else this.#finish(answer, rest)
  }

  /** What is wrong with a 101. */
  #fault({ headers }: UpgradeAnswer): string | undefined {
    if (!lists(headers.upgrade, 'websocket')) return 'lacks the header Upgrade: websocket'
    if (!lists(headers.connection, 'upgrade')) return 'lacks the header Connection: Upgrade'
    if (headers['sec-websocket-accept'] !== acceptKey(this.#key)) return 'has a wrong Sec-WebSocket-Accept'
    if (!this.#offered.includes(String(headers['sec-websocket-protocol']))) return 'does not name the subprotocol'
    return headers['sec-websocket-extensions'] === undefined ? undefined : 'has an extension that nobody asked for'
  }

  /** A peer that takes one connection may close a further one right after the upgrade: waits to see. */
  #settle(answer: UpgradeAnswer): void {
    const busy = (): void =>
      this.#refuse('busy', 'the peer closed the connection; it takes one peer at a time and seems to have one')
    const onData = (chunk: Buffer): void => {
      if (((chunk[0] as number) & 0xf) === opcodes.close) busy()
      else this.#finish(answer, chunk)
    }
    const patience = Math.min(2 * (performance.now() - this.#began) + 5, maxSettle)
    const timer = setTimeout(() => this.#finish(answer, noBytes), patience)
    this.#left = busy
    this.#stop = () => {
      clearTimeout(timer)
      this.#stream.off('data', onData)
    }
    this.#stream.on('data', onData).resume()
  }

  /** The first line of an answer's body says why. */
  #readLine(answer: UpgradeAnswer, rest: Uint8Array): void {
    // Where the body comes in chunks, their size comes first.
    const from = lists(answer.headers['transfer-encoding'], 'chunked') ? 1 : 0
    const length = Math.min(Number(answer.headers['content-length'] ?? longestLine), longestLine)
    let text = ''
    const finish = (): void => {
      const line = text.split(/\r?\n/)[from]?.slice(0, longestLine) ?? ''
      const said = line === '' ? '' : `: ${line}`
      this.#refuse(reasonOf(answer.status), `the peer refused the WebSocket upgrade with ${answer.line}${said}`)
    }
    const onData = (chunk: Uint8Array): void => {
      text += Buffer.from(chunk).toString('latin1')
      if (text.length >= length || text.split('\n').length > from + 1) finish()
    }
    // One that says no more and stays has refused all the same.
    const timer = setTimeout(finish, maxSettle)
    this.#left = finish
    this.#stop = () => {
      clearTimeout(timer)
      this.#stream.off('data', onData)
    }
    this.#stream.on('data', onData).resume()
    onData(rest)
  }

  #finish(answer: UpgradeAnswer, rest: Uint8Array): void {
    const greeting = this.#greeting
    this.#leave()
    const ws = { url: this.#path, headers: keepHeaders(answer.headers) }
    const info = { peerProtocol: greeting.protocol.peer, ws }
    const subprotocol = String(answer.headers['sec-websocket-protocol'])
    this.#speech.open({ stream: this.#stream, subprotocol, info, rest, greeting }, this.#done)
  }

  #refuse(reason: RejectReason, message: string, cause?: unknown): void {
    this.#leave()
    this.#stream.on('error', () => {}).destroy()
    this.#done(new Refusal(reason, message, this.#greeting.address, cause))
  }

  #leave(): void {
    this.#stop()
    this.#stream.off('error', this.#onError).off('end', this.#onEnd).off('close', this.#onEnd).pause()
  }

  /** The peer left. */
  #left: (error?: Error) => void = (error) =>
    this.#refuse('closed', 'the peer closed the connection during the WebSocket upgrade', error)

  readonly #onError = (error: Error): void => this.#left(error)
  readonly #onEnd = (): void => this.#left()
}
