/** The tunnels of one link, on either end: frames by the tunnel's number, and a queue in the pipe that they share fairly. */
import { type Body, type Pipe, SpError } from 'hubless'
import { frameHeader, maxChunk } from '../tunnel/frames.ts'
import type { TunnelCarrier, TunnelSink } from './engine.ts'
import { header2, type } from './wire.ts'

/** Frames before the tunnel's owner looks: the other end may send START and nothing more. */
const maxEarly = 8
const none = Buffer.alloc(0) as Body

export class LinkCarrier implements TunnelCarrier {
  readonly peer: string
  readonly maxFrame = maxChunk + frameHeader
  readonly number: number
  readonly #carriers: Carriers
  #sink: TunnelSink | undefined
  #early: Body[] = []
  #loss: { readonly error: unknown } | undefined

  constructor(carriers: Carriers, number: number, peer: string) {
    this.#carriers = carriers
    this.number = number
    this.peer = peer
  }

  send(header: Uint8Array, body: Body): boolean {
    return this.#carriers.send(this, header, body)
  }

  start(sink: TunnelSink): void {
    this.#sink = sink
    const early = this.#early
    this.#early = []
    // Not from inside the constructor of the tunnel.
    queueMicrotask(() => {
      for (const frame of early) sink.frame(frame)
      if (this.#loss !== undefined) sink.lost(this.#loss.error)
    })
  }

  close(): void {
    this.#carriers.close(this)
  }

  /** For the link. */
  frame(frame: Body): void {
    if (this.#sink !== undefined) this.#sink.frame(frame)
    else if (this.#early.length < maxEarly) this.#early.push(frame)
  }

  writable(): void {
    this.#sink?.writable()
  }

  lost(error: unknown): void {
    this.#loss = { error }
    if (this.#early.length === 0) this.#sink?.lost(error)
  }
}

export class Carriers {
  readonly #pipe: Pipe
  readonly #open: Map<number, LinkCarrier> = new Map()
  /** Those that found the pipe full, in order. */
  #blocked: Set<LinkCarrier> = new Set()
  /** None is open any more. */
  readonly #idle: (() => void) | undefined

  constructor(pipe: Pipe, idle?: () => void) {
    this.#pipe = pipe
    this.#idle = idle
  }

  get size(): number {
    return this.#open.size
  }

  has(number: number): boolean {
    return this.#open.has(number)
  }

  open(number: number, peer: string): LinkCarrier {
    const carrier = new LinkCarrier(this, number, peer)
    this.#open.set(number, carrier)
    return carrier
  }

  frame(number: number, frame: Body): void {
    this.#open.get(number)?.frame(frame)
  }

  /** The other end closed it. */
  closed(number: number): void {
    const carrier = this.#open.get(number)
    if (carrier === undefined) return
    this.#remove(carrier)
    carrier.lost(new SpError('ECONNRESET', { message: 'the other end closed the tunnel' }))
  }

  writable(): void {
    const blocked = this.#blocked
    this.#blocked = new Set()
    for (const carrier of blocked) {
      if (this.#pipe.full) this.#blocked.add(carrier)
      else carrier.writable()
    }
  }

  /** The link is gone. */
  lost(error: unknown): void {
    const open = [...this.#open.values()]
    this.#open.clear()
    this.#blocked.clear()
    for (const carrier of open) carrier.lost(error)
  }

  send(carrier: LinkCarrier, header: Uint8Array, body: Body): boolean {
    if (this.#open.get(carrier.number) !== carrier) return true
    const words = header2(type.FRAME, 0, carrier.number)
    const both = new Uint8Array(words.length + header.length)
    both.set(words, 0)
    both.set(header, words.length)
    if (this.#pipe.send(both, body)) return true
    this.#blocked.add(carrier)
    return false
  }

  close(carrier: LinkCarrier): void {
    if (this.#open.get(carrier.number) !== carrier) return
    this.#remove(carrier)
    this.#pipe.send(header2(type.CLOSED, 0, carrier.number), none)
  }

  #remove(carrier: LinkCarrier): void {
    this.#open.delete(carrier.number)
    this.#blocked.delete(carrier)
    if (this.#open.size === 0) this.#idle?.()
  }
}
