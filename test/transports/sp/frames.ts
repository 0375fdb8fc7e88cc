/** Frames for the tests of the stream transports: streams of bytes to feed in, and a sink that writes down what came out. */
import 'hubless'
import { expect } from 'vitest'
import { type Framing, ipcFraming, tcpFraming } from '../../../src/transports/sp/framing.ts'
import type { FrameSink } from '../../../src/transports/stream/wire.ts'

export const framings: readonly (readonly [string, Framing])[] = [
  ['tcp', tcpFraming],
  ['ipc', ipcFraming]
]

/** A prefix that declares `size` bytes, written independently of the code under test. */
export function prefix(framing: Framing, size: number | bigint): Buffer {
  const bytes = Buffer.alloc(framing.prefix)
  if (framing.prefix === 9) bytes[0] = 1
  bytes.writeBigUInt64BE(BigInt(size), framing.prefix - 8)
  return bytes
}

export function frame(framing: Framing, body: Uint8Array): Buffer {
  return Buffer.concat([prefix(framing, body.length), body])
}

/** `size` bytes that differ from one message and position to the next. */
export function payload(size: number, seed: number): Buffer {
  const body = Buffer.alloc(size)
  for (let i = 0; i < size; i++) body[i] = (seed * 31 + i * 7 + (i >>> 8)) & 0xff
  return body
}

export function payloads(sizes: readonly number[]): Buffer[] {
  return sizes.map(payload)
}

export function streamOf(framing: Framing, bodies: readonly Uint8Array[]): Buffer {
  return Buffer.concat(bodies.map((body) => frame(framing, body)))
}

/** Copies of the payloads, and the complaints, in order of arrival. */
export class FrameLog implements FrameSink {
  readonly bodies: Buffer[] = []
  /** The memory each payload lay in. */
  readonly memory: ArrayBufferLike[] = []
  readonly faults: (string | number)[] = []
  /** Runs inside the callback, after the payload was noted. */
  onFrame: (() => void) | undefined

  frame(bytes: Uint8Array, start: number, end: number): void {
    this.bodies.push(Buffer.from(bytes.subarray(start, end)))
    this.memory.push(bytes.buffer)
    this.onFrame?.()
  }

  decoded(): void {}

  parts(): void {
    this.faults.push('parts')
  }

  dropped(reason: string): void {
    this.faults.push(reason)
  }

  farewell(): void {
    this.faults.push('farewell')
  }

  tooBig(size: number): void {
    this.faults.push(size)
  }

  malformed(): void {
    this.faults.push('malformed')
  }
}

/** Compares bytes at the speed of bytes; the slow comparison is for the message of a failure. */
export function expectBodies(log: FrameLog, bodies: readonly Uint8Array[], note?: string): void {
  const same =
    log.bodies.length === bodies.length && log.bodies.every((body, i) => body.equals(bodies[i] as Uint8Array))
  if (same) return
  const sizes = bodies.map((body) => body.length)
  expect(
    log.bodies.map((body) => body.length),
    note
  ).toEqual(sizes)
  expect(log.bodies, note).toEqual(bodies)
}

/** Compares pieces of a stream with the whole. */
export function expectBytes(pieces: readonly Uint8Array[], whole: Buffer): void {
  const bytes = Buffer.concat(pieces)
  if (bytes.equals(whole)) return
  let at = 0
  while (bytes[at] === whole[at]) at++
  const around = (all: Buffer): string => all.subarray(Math.max(0, at - 8), at + 16).toString('hex')
  expect({ length: bytes.length, at, around: around(bytes) }).toEqual({
    length: whole.length,
    at,
    around: around(whole)
  })
}
