/**
 * The SP hello of stream transports: both sides send eight bytes at once, without waiting for the other.
 * sp-tcp-mapping §2:   00 'S' 'P' 00 | endpoint id, 16 bits big-endian | 00 00
 */
import type { Socket } from 'node:net'
import type { RejectReason } from '../../core/reasons.ts'
import { Refusal } from '../../core/transport.ts'
import { startTimer, type Timer } from '../../core/waiting.ts'

const helloLength = 8
/** The longest wait for a peer to say that it is busy, ms. */
const maxSettle = 250

export function encodeHello(protocol: number): Buffer {
  return Buffer.from([0, 0x53, 0x50, 0, protocol >> 8, protocol & 0xff, 0, 0])
}

/** The peer's endpoint id; -1 while bytes are missing, `undefined` when it is no hello, however short. */
export function decodeHello(bytes: Uint8Array): number | undefined {
  for (let i = 0; i < Math.min(bytes.length, helloLength); i++) {
    if (i !== 4 && i !== 5 && bytes[i] !== expected[i]) return undefined
  }
  if (bytes.length < helloLength) return -1
  return ((bytes[4] as number) << 8) | (bytes[5] as number)
}

const expected = encodeHello(0)

export interface HelloOptions {
  /** Own endpoint id. */
  readonly self: number
  /** For error messages and events. */
  readonly address: string
  /** What is left of `handshakeTimeout`, ms. */
  readonly timeout: number
  /**
   * The right peer may close right after its hello because it is busy: to see, wait this long, ms, and twice as long as
   * its hello took.
   */
  readonly settle?: number | undefined
  /** Endpoint id of the right peer; with `settle`. */
  readonly peer?: number | undefined
  /** Judges a peer by its hello; the own hello then waits for the verdict, so that a refused peer sees no handshake. */
  readonly approve?: ((peer: number) => Promise<Refusal | undefined> | undefined) | undefined
}

/** Calls `done` once: with the peer's id and the bytes after its hello, or with the reason it failed. */
export function shakeHands(
  stream: Socket,
  options: HelloOptions,
  done: (result: { peer: number; rest: Uint8Array } | Refusal) => void
): void {
  let received: Buffer = Buffer.alloc(0)
  let settling: Timer
  const began = performance.now()
  let judged = false
  let over = false
  const timer = startTimer(() => fail('handshake-timeout', `no SP hello within ${options.timeout} ms`), options.timeout)

  const onData = (chunk: Buffer): void => {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk])
    const peer = decodeHello(received)
    if (peer === undefined) fail('malformed-hello', `${show(received)} is not an SP hello`)
    else if (peer >= 0) arrived(peer)
  }
  const arrived = (peer: number): void => {
    if (options.approve !== undefined) judge(peer, options.approve)
    else if (options.settle === undefined || peer !== options.peer || received.length > helloLength) finish(peer)
    else if (settling === undefined) {
      clearTimeout(timer)
      // Who was slow to greet is slow to hang up. What has arrived meanwhile shows in the I/O phase after the timers.
      const patience = Math.min(options.settle + 2 * (performance.now() - began), maxSettle)
      settling = setTimeout(() => setImmediate(() => over || finish(peer)), patience)
    }
  }
  const judge = (peer: number, approve: NonNullable<HelloOptions['approve']>): void => {
    if (judged) return
    judged = true
    // However long the verdict takes, what the peer sends meanwhile stays outside.
    stream.pause()
    void Promise.resolve(approve(peer)).then((refusal) => {
      if (over) return
      if (refusal !== undefined) return fail(refusal.reason, refusal.message, refusal.cause)
      stream.write(encodeHello(options.self))
      finish(peer)
    })
  }
  const onEnd = (): void => {
    const refusing = options.settle !== undefined && (received.length === 0 || settling !== undefined)
    if (refusing) fail('busy', 'the peer closed the connection; it takes one peer at a time and seems to have one')
    else if (received.length === 0) fail('closed', 'the peer closed the connection before its SP hello')
    else fail('malformed-hello', `the connection ended after ${received.length} of ${helloLength} bytes of SP hello`)
  }
  const onError = (error: Error): void => {
    const reason = options.settle === undefined ? 'closed' : 'busy'
    fail(reason, `the connection broke during the SP hello: ${error.message}`, error)
  }
  const finish = (peer: number): void => {
    leave()
    done({ peer, rest: received.subarray(helloLength) })
  }
  const fail = (reason: RejectReason, message: string, cause?: unknown): void => {
    leave()
    stream.on('error', () => {})
    stream.destroy()
    done(new Refusal(reason, message, options.address, cause))
  }
  const leave = (): void => {
    over = true
    clearTimeout(timer)
    clearTimeout(settling)
    stream.off('data', onData).off('end', onEnd).off('close', onEnd).off('error', onError)
    stream.pause()
  }

  stream.on('data', onData).on('end', onEnd).on('close', onEnd).on('error', onError)
  if (options.approve === undefined) stream.write(encodeHello(options.self))
}

function show(bytes: Buffer): string {
  return bytes
    .subarray(0, helloLength)
    .toString('hex')
    .replace(/..(?=.)/g, '$& ')
}
