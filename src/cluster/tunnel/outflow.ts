/**
 * The sending half of a tunnel: messages in order, cut into chunks, as fast as the other end's credit and the carrier
 * allow. What waits is in the hands of its callers: each `send` waits for its own message.
 */
import type { Body, WaitOptions } from 'hubless'
import { SpError } from 'hubless'
import type { TunnelCarrier } from '../engine/engine.ts'
import { chunkCost, chunkFlag, frame, frameHeader, frameType, maxChunk } from './frames.ts'

interface Outgoing {
  readonly body: Body
  sent: number
  begun: boolean
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

const empty = Buffer.alloc(0) as Body

export class Outflow {
  readonly #carrier: TunnelCarrier
  readonly #chunk: number
  /** In order; the first may be on its way. */
  #waiting: Outgoing[] = []
  #credit = 0
  #started = false
  #full = false
  #maxSize = Infinity
  /** Messages that were sent, and that the other end consumed. */
  sent = 0
  acknowledged = 0

  constructor(carrier: TunnelCarrier) {
    this.#carrier = carrier
    this.#chunk = Math.min(maxChunk, carrier.maxFrame - frameHeader)
  }

  /** Bytes that may be sent now. */
  get credit(): number {
    return this.#credit
  }

  start(window: number, maxSize: number): void {
    this.#started = true
    this.#credit = window
    this.#maxSize = maxSize
    const fitting = this.#waiting
    this.#waiting = []
    for (const message of fitting) {
      if (message.body.length > maxSize) message.reject(tooBig(message.body.length, maxSize))
      else this.#waiting.push(message)
    }
    this.#pump()
  }

  grant(bytes: number, consumed: number): void {
    this.#credit += bytes
    // The low 32 bits of a counter.
    this.acknowledged += (consumed - (this.acknowledged >>> 0)) >>> 0
    this.#pump()
  }

  writable(): void {
    this.#full = false
    this.#pump()
  }

  send(body: Body, { signal, timeout = Infinity }: WaitOptions): Promise<void> {
    if (this.#started && body.length > this.#maxSize) return Promise.reject(tooBig(body.length, this.#maxSize))
    return new Promise((resolve, reject) => {
      let timer: ReturnType<typeof setTimeout> | undefined
      const leave = (): void => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', onAbort)
      }
      const message: Outgoing = {
        body,
        sent: 0,
        begun: false,
        resolve: () => {
          leave()
          resolve()
        },
        reject: (error) => {
          leave()
          reject(error)
        }
      }
      const onAbort = (): void => this.#withdraw(message, signal?.reason)
      this.#waiting.push(message)
      this.#pump()
      if (this.#waiting.at(-1) !== message) return
      signal?.addEventListener('abort', onAbort)
      if (timeout >= 2 ** 31) return
      timer = setTimeout(() => {
        const why = `the other end of the tunnel took nothing for ${timeout} ms`
        this.#withdraw(message, new SpError('ETIMEDOUT', { message: why }))
      }, timeout)
    })
  }

  /** Resolves when everything before it is sent. */
  flushed(): Promise<void> {
    const last = this.#waiting.at(-1)
    if (last === undefined) return Promise.resolve()
    return new Promise((resolve) => {
      const { resolve: sent, reject: failed } = last
      Object.assign(last, {
        resolve: () => {
          sent()
          resolve()
        },
        reject: (error: unknown) => {
          failed(error)
          resolve()
        }
      })
    })
  }

  fail(makeError: () => unknown): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const message of waiting) message.reject(makeError())
  }

  #withdraw(message: Outgoing, error: unknown): void {
    const at = this.#waiting.indexOf(message)
    if (at < 0) return
    this.#waiting.splice(at, 1)
    if (message.begun) this.#write(chunkFlag.WITHDRAWN, 0, empty)
    message.reject(error)
    this.#pump()
  }

  #pump(): void {
    if (!this.#started) return
    let done = 0
    for (const message of this.#waiting) {
      if (!this.#transmit(message)) break
      done++
      this.sent++
      message.resolve()
    }
    if (done > 0) this.#waiting.splice(0, done)
  }

  /** Returns whether all of it is sent. */
  #transmit(message: Outgoing): boolean {
    const { body } = message
    do {
      const left = body.length - message.sent
      const size = Math.min(left, this.#chunk, this.#credit - chunkCost)
      // Not in crumbs: the window is large, and half of it comes back in time.
      if (this.#full || size < Math.min(left, this.#chunk, 4096) || this.#credit < chunkCost) return false
      const flags = (message.begun ? 0 : chunkFlag.FIRST) | (size === left ? chunkFlag.LAST : 0)
      const chunk = body.subarray(message.sent, message.sent + size) as Body
      message.begun = true
      message.sent += size
      this.#credit -= size + chunkCost
      this.#write(flags, (flags & chunkFlag.FIRST) === 0 ? 0 : body.length, chunk)
    } while (message.sent < body.length)
    return true
  }

  #write(flags: number, size: number, chunk: Body): void {
    this.#full = !this.#carrier.send(frame(frameType.DATA, flags, size), chunk)
  }
}

function tooBig(size: number, limit: number): SpError {
  return new SpError('EMSGSIZE', {
    message: `the message has ${size} bytes, the other end of the tunnel takes ${limit}; send it in pieces`
  })
}
