/**
 * The SP hello of stream transports: both sides send eight bytes at once, without waiting for the other. A listener that
 * takes one peer, or asks whether it wants this one, hears the peer first.
 * sp-tcp-mapping §2:   00 'S' 'P' 00 | endpoint id, 16 bits big-endian | 00 00
 */
import type { Socket } from 'node:net'
import type { RejectReason } from '../../core/reasons.ts'
import { Refusal } from '../../core/transport.ts'
import { startTimer, type Timer } from '../../core/waiting.ts'
import { hangUp } from '../stream/hang-up.ts'
import type { Greeting } from '../stream/wire.ts'

const helloLength = 8
/** The longest wait for a peer to say that it is busy, ms. */
const maxSettle = 250
/** How long a listener that takes one peer waits for the hello of that peer, ms: probes only listen. */
const courtesy = 100

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

/** Calls `done` once: with the peer's id and the bytes after its hello, or with the reason it failed. */
export function shakeHands(
  stream: Socket,
  { protocol, role, exclusive, address, timeout, roundTrip, admit, approve }: Greeting,
  done: (result: { peer: number; rest: Uint8Array } | Refusal) => void
): void {
  const settles = exclusive && role === 'connect'
  const began = performance.now()
  let stage: 'greeting' | 'settling' | 'over' = 'greeting'
  let received: Buffer = Buffer.alloc(0)
  let said = false
  let settling: Timer
  const late = startTimer(() => fail('handshake-timeout', `no SP hello within ${timeout} ms`), timeout)

  /** Says who we are, unless no peer can be taken any more. */
  const speak = (): void => {
    if (said || isBusy()) return
    said = true
    stream.write(encodeHello(protocol.self))
  }
  const isBusy = (): boolean => {
    const busy = admit()
    if (busy === undefined) return false
    leave()
    hangUp(stream)
    done(busy)
    return true
  }
  const onData = (chunk: Buffer): void => {
    received = Buffer.concat([received, chunk])
    const peer = decodeHello(received)
    if (peer === undefined) fail('malformed-hello', `${show(received)} is not an SP hello${hint(received)}`)
    else if (peer >= 0) arrived(peer)
  }
  const arrived = (peer: number): void => {
    if (approve !== undefined) {
      judge(peer, approve)
      return
    }
    speak()
    if (stage === 'over') return
    if (!settles || peer !== protocol.peer || received.length > helloLength) finish(peer)
    else {
      stage = 'settling'
      clearTimeout(late)
      // Who was slow to greet is slow to hang up. What has arrived meanwhile shows in the I/O phase after the timers.
      const patience = Math.min(2 * roundTrip + 10 + 2 * (performance.now() - began), maxSettle)
      settling = setTimeout(() => setImmediate(() => stage === 'over' || finish(peer)), patience)
    }
  }
  const judge = (peer: number, approve: NonNullable<Greeting['approve']>): void => {
    // However long the verdict takes, what the peer sends meanwhile stays outside.
    stream.pause()
    void Promise.resolve(approve({ peerProtocol: peer })).then((refusal) => {
      if (stage === 'over') return
      if (refusal !== undefined) fail(refusal.reason, refusal.message, refusal.cause)
      else {
        speak()
        if (said) finish(peer)
      }
    })
  }
  const onEnd = (): void => {
    if (settles && (received.length === 0 || stage === 'settling')) {
      fail('busy', 'the peer closed the connection; it takes one peer at a time and seems to have one')
    } else if (received.length === 0) fail('closed', 'the peer closed the connection before its SP hello')
    else fail('malformed-hello', `the connection ended after ${received.length} of ${helloLength} bytes of SP hello`)
  }
  const onError = (error: Error): void => {
    fail(settles ? 'busy' : 'closed', `the connection broke during the SP hello: ${error.message}`, error)
  }
  const finish = (peer: number): void => {
    leave()
    done({ peer, rest: received.subarray(helloLength) })
  }
  const fail = (reason: RejectReason, message: string, cause?: unknown): void => {
    leave()
    stream.on('error', () => {})
    stream.destroy()
    done(new Refusal(reason, message, address, cause))
  }
  const leave = (): void => {
    stage = 'over'
    clearTimeout(late)
    clearTimeout(polite)
    clearTimeout(settling)
    stream.off('data', onData).off('end', onEnd).off('close', onEnd).off('error', onError)
    stream.pause()
  }

  const first = role === 'connect' || (!exclusive && approve === undefined)
  const polite = first || approve !== undefined ? undefined : setTimeout(speak, courtesy)
  stream.on('data', onData).on('end', onEnd).on('close', onEnd).on('error', onError)
  if (first) speak()
  else isBusy()
}

function show(bytes: Buffer): string {
  return bytes
    .subarray(0, helloLength)
    .toString('hex')
    .replace(/..(?=.)/g, '$& ')
}

/** What else begins so. */
function hint(bytes: Buffer): string {
  return bytes[0] === 0xff ? '; a ZeroMQ peer is served at zmtp+tcp:// or zmtp+ipc:// (hubless/zmtp)' : ''
}
