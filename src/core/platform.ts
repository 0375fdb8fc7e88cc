/**
 * The few things that differ between Node and browsers. The defaults below run everywhere; the Node entry installs
 * faster ones (`Buffer` bodies, `process.nextTick`, `setImmediate`) before any socket exists. Nothing is detected at
 * run time: which entry is loaded decides.
 */

import type { ErrorCode } from './error-table.ts'
import { Ring } from './ring.ts'

/** Augmented by the Node entry with `body: Buffer` and the like, so that types say what really goes in and arrives. */
// biome-ignore lint/suspicious/noEmptyInterface: filled in by declaration merging in the Node entry
export interface PlatformTypes {}

/** A message body as it is received: `Buffer` in Node, `Uint8Array` in browsers. */
export type Body = PlatformTypes extends { body: infer B extends Uint8Array } ? B : Uint8Array

/** Options of `node:tls` in Node. */
export type TlsSettings = PlatformTypes extends { tls: infer T extends object } ? T : object

/** `Server` of `node:http` or `node:https` in Node. */
export type HttpServer = PlatformTypes extends { httpServer: infer S extends object } ? S : object

/** What opens streams in Node: `Agent` of `node:http` and the like. */
export type StreamAgent = PlatformTypes extends { agent: infer A extends object } ? A : object

export interface Platform {
  /** A view of `length` bytes at `offset`; nothing is copied. */
  view(buffer: ArrayBufferLike, offset: number, length: number): Body
  /** Fresh memory of exactly `length` bytes, contents undefined. */
  allocate(length: number): Body
  /** Several messages lie in this memory: an application that transfers one of them must not take the others along. */
  keepTogether(memory: ArrayBufferLike): void
  /** UTF-8. */
  encode(text: string): Body
  /** Runs `task` after the event loop had the chance to do I/O. */
  turn(task: () => void): void
  /** Says aloud that an application callback threw; never throws itself. */
  warn(error: unknown): void
  /** The code of hubless for an error of the platform, and what to say of it. */
  explain(error: unknown): readonly [code: ErrorCode, sentence: string]
  /** Freezes options. Objects among them may hold keys: they are read by name, and not printed along with an endpoint. */
  conceal(options: object): object
  /** Makes a signal that any number of calls may listen to. */
  controller(): AbortController
  /** No bytes at all, in the type that bodies have here. */
  readonly empty: Body
  /** What errors say that say nothing themselves. */
  readonly sentences: { readonly [code in ErrorCode]?: string }
}

const encoder = new TextEncoder()

/** Turns that were asked for. A message port is not slowed down in a hidden tab, as timers are. */
const turns: Ring<() => void> = new Ring()
let channel: { readonly port1: TurnPort; readonly port2: TurnPort } | undefined

/** A message port, as far as turns need one. */
interface TurnPort {
  onmessage: (() => void) | null
  postMessage(message: null): void
}

function turn(task: () => void): void {
  channel ??= new MessageChannel() as unknown as { port1: TurnPort; port2: TurnPort }
  const { port1, port2 } = channel
  turns.push(task)
  // Only while there is something to wait for: outside pages a port that listens keeps the process alive.
  port1.onmessage ??= () => {
    const next = turns.shift()
    if (turns.length === 0) port1.onmessage = null
    next?.()
  }
  port2.postMessage(null)
}

export const platform: Platform = {
  view: (buffer, offset, length) => new Uint8Array(buffer, offset, length) as Body,
  allocate: (length) => new Uint8Array(length) as Body,
  keepTogether: () => {},
  encode: (text) => encoder.encode(text) as Uint8Array as Body,
  turn,
  warn: (error) => console.error(error),
  explain: (error) => ['EIO', error instanceof Error ? error.message : String(error)],
  controller: () => new AbortController(),
  empty: new Uint8Array(0) as Uint8Array as Body,
  conceal: Object.freeze,
  sentences: {}
}

export function installPlatform(replacement: Platform): void {
  Object.assign(platform, replacement)
}
