/**
 * A WebSocket connection whose upgrade is done. `ws` receives: it joins fragments, checks what RFC 6455 demands, and
 * leads the closing handshake. Messages are sent by `WsWriter`, straight to the stream.
 */
import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'
import { Incoming } from '../../core/incoming.ts'
import type { ConnectionInfo } from '../../core/peer.ts'
import { platform } from '../../core/platform.ts'
import type { DetachReason } from '../../core/reasons.ts'
import type { Connection, ConnectionSink, EndpointRequest } from '../../core/transport.ts'
import { startTimer } from '../../core/waiting.ts'
import { announcedSize, insideMessage } from './receiver-state.ts'
import { WsWriter } from './writer.ts'

const open = 1
/** How long a peer may take to answer our Close once everything has left, ms; nng often does not answer at all. */
const patience = 1000
/** Pings are answered while no more than this waits to be written; a peer that reads none cannot pile them up. */
const pongLimit = 65536
/** Messages up to this size are copied, so that they do not keep their read chunk of 64 KiB alive. */
const smallMessage = 4096

export class WsConnection implements Connection {
  readonly info: ConnectionInfo
  readonly resumeBelow = 0.5
  readonly #socket: WebSocket
  readonly #stream: Socket
  readonly #writer: WsWriter
  readonly #incoming = new Incoming()
  readonly #limit: number
  /** Messages that came before anybody was there to take them. */
  #early: Buffer[] = []
  /** Whether the pipe is full; what came early may fill it. */
  #paused = false
  #sink: ConnectionSink | undefined
  #ended: { readonly reason: DetachReason; readonly cause?: unknown } | undefined
  #lost = 0

  constructor(socket: WebSocket, stream: Socket, request: EndpointRequest, info: ConnectionInfo, masked: boolean) {
    this.#socket = socket
    this.#stream = stream
    this.info = info
    this.#limit = request.options.recvMaxSize
    const options = { masked, type: request.options.ws?.type ?? 'binary', limit: request.sendBuffer } as const
    this.#writer = new WsWriter(stream, options, () => this.#sink?.writable())
    socket.on('message', (data: Buffer) => this.#arrived(data))
    socket.on('ping', (data: Buffer) => {
      if (socket.readyState === open && stream.writableLength < pongLimit) socket.pong(data)
    })
    socket.on('error', (error) => this.#broken(error))
    socket.on('close', (code, reason) => this.#closed(code, String(reason)))
  }

  get pending(): number {
    return this.#writer.pending + this.#lost
  }

  start(sink: ConnectionSink): void {
    this.#sink = sink
    const early = this.#early
    this.#early = []
    for (const data of early) this.#arrived(data)
    if (this.#ended !== undefined) sink.closed(this.#ended.reason, this.#ended.cause)
    else if (early.length > 0 && !this.#paused) this.#socket.resume()
  }

  send(header: Uint8Array, body: Uint8Array, shared?: number): boolean {
    if (this.#socket.readyState === open) return this.#writer.write(header, body, shared)
    this.#lost++
    return true
  }

  pause(): void {
    this.#paused = true
    this.#socket.pause()
  }

  resume(): void {
    this.#paused = false
    this.#socket.resume()
  }

  close(linger: number): Promise<void> {
    const socket = this.#socket
    this.#sink = undefined
    this.#writer.flush()
    if (socket.readyState === socket.CLOSED) return Promise.resolve()
    socket.close(1000)
    // The answer to our Close comes after what the peer still sends.
    socket.resume()
    if (linger === 0) {
      socket.terminate()
      return Promise.resolve()
    }
    return new Promise((resolve) => {
      const terminate = (): void => socket.terminate()
      let timer = startTimer(terminate, linger)
      const left = (): void => {
        clearTimeout(timer)
        if (socket.readyState !== socket.CLOSED) timer = startTimer(terminate, Math.min(linger, patience))
      }
      if (this.#stream.writable) this.#stream.write('', left)
      socket.once('close', () => {
        clearTimeout(timer)
        resolve()
      })
    })
  }

  #arrived(data: Buffer): void {
    if (this.#ended !== undefined) return
    if (this.#sink === undefined) {
      // Nobody listens yet; after `close` nobody does any more.
      if (this.#socket.readyState !== open) return
      this.#early.push(data)
      this.#socket.pause()
    } else if (data.length > this.#limit) {
      this.#socket.close(1009)
      this.#tooBig(data.length)
    } else {
      const bytes = data.length <= smallMessage ? compact(data) : data
      this.#sink.message(this.#incoming.set(bytes, 0, bytes.length))
    }
  }

  #broken(error: Error): void {
    const code = (error as NodeJS.ErrnoException).code ?? ''
    if (code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH') this.#tooBig(announcedSize(this.#socket, this.#limit))
    else if (code === 'WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH') this.#tooBig(2 ** 53)
    else this.#end(code.startsWith('WS_ERR') ? 'malformed' : 'connection-error', error)
  }

  #tooBig(size: number): void {
    this.#sink?.dropped('too-big', { size, limit: this.#limit })
    this.#end('too-big')
  }

  #closed(code: number, reason: string): void {
    const orderly = code === 1000 || code === 1001 || code === 1005
    if (code === 1006 && insideMessage(this.#socket)) this.#sink?.dropped('truncated')
    const text = code === 1006 ? 'the connection ended without a Close' : `the peer closed with ${code} ${reason}`
    this.#end('closed-by-peer', orderly ? undefined : new Error(text.trimEnd()))
  }

  #end(reason: DetachReason, cause?: unknown): void {
    if (this.#ended !== undefined) return
    this.#ended = { reason, cause }
    const socket = this.#socket
    if (socket.readyState !== socket.CLOSED) {
      const timer = startTimer(() => socket.terminate(), patience)
      socket.once('close', () => clearTimeout(timer))
    }
    const sink = this.#sink
    this.#sink = undefined
    sink?.closed(reason, cause)
  }
}

/** `maxPayload` of `ws`: 32 bits, where 0 is no limit; a limit of 0 bytes is checked when the message is there. */
export function maxPayload(recvMaxSize: number): number {
  return Math.max(1, Math.min(recvMaxSize, 2 ** 31 - 1))
}

function compact(data: Buffer): Uint8Array {
  if (data.length === 0 || data.buffer.byteLength <= data.length * 4) return data
  const copy = platform.allocate(data.length)
  copy.set(data)
  return copy
}
