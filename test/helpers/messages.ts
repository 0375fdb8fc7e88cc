/** Shorthand for tests that move many messages: bodies as text, sockets filled to the brim, errors by code. */
import type { WaitOptions } from 'hubless'
import { expect } from 'vitest'

interface Receives {
  recv(options?: WaitOptions): Promise<Uint8Array>
  tryRecv(): Uint8Array | undefined
}

interface Sends {
  send(body: Uint8Array, options?: WaitOptions): Promise<void>
}

/** Receives `count` messages, as text, in the order of arrival. */
export async function texts(socket: Receives, count: number): Promise<string[]> {
  const received: string[] = []
  while (received.length < count) received.push(String(await socket.recv({ timeout: 5000 })))
  return received
}

/** Takes what is there now, as text. */
export function waiting(socket: Receives): string[] {
  const received: string[] = []
  for (let body = socket.tryRecv(); body !== undefined; body = socket.tryRecv()) received.push(String(body))
  return received
}

/** `count` texts that begin with `prefix` and end with their number. */
export function numbered(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${prefix}${i}`)
}

/**
 * Sends numbered bodies of `size` bytes until `send` waits for longer than `patience` ms, and returns how many were
 * accepted. What the operating system holds takes part, so `limit` bounds the wait where nothing pushes back.
 */
export async function fill(socket: Sends, size: number, limit: number, patience = 150): Promise<number> {
  for (let accepted = 0; accepted < limit; accepted++) {
    try {
      await socket.send(sized(accepted, size), { timeout: patience })
    } catch (error) {
      expect(error).toMatchObject({ code: 'ETIMEDOUT' })
      return accepted
    }
  }
  throw new Error(`${limit} messages of ${size} bytes were accepted and nothing pushed back`)
}

/** A body of `size` bytes that begins with a 32-bit number. */
export function sized(number: number, size: number): Uint8Array {
  const body = Buffer.alloc(size)
  body.writeUInt32BE(number)
  return body
}

/** The number a `sized` body begins with. */
export function numberOf(body: Uint8Array): number {
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength).readUInt32BE()
}

/** Lets the event loop turn `count` times, so that everything in flight inside the process arrives. */
export async function turns(count = 3): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve))
}

/** What an `SpError` with that code looks like. */
export function code(name: string): object {
  return expect.objectContaining({ name: 'SpError', code: name })
}
