/**
 * The handshake on a stream: greetings, then the commands of the mechanism, until both know each other. What came is kept
 * until it is understood, and never more than a greeting and one command; a temporary no is a hang-up, which makes libzmq
 * try again, and only who is not let in is told so, which makes it give up.
 */
import type { Socket } from 'node:net'
import type { RejectReason } from '../../core/reasons.ts'
import { Machine, type StateTable } from '../../core/state-machine.ts'
import { Refusal } from '../../core/transport.ts'
import { startTimer, type Timer } from '../../core/waiting.ts'
import { hangUp } from '../stream/hang-up.ts'
import type { Greeting, SessionInfo } from '../stream/wire.ts'
import { COMMAND, decodeCommand, encodeFrame, LONG, MORE } from './frames.ts'
import { decodeGreeting, encodeGreeting, greetingLength } from './greeting.ts'
import type { ZmtpInfo } from './info.ts'
import { type Claims, type Mechanism, Misbehaviour, PeerError, type Step } from './mechanisms/mechanism.ts'
import { slippedError } from './mechanisms/plain.ts'
import type { SocketType } from './socket-types.ts'

export const handshakeStates: StateTable<
  'greeting' | 'securing' | 'judging' | 'over',
  'greeted' | 'claims' | 'admitted' | 'end'
> = {
  name: 'zmtp handshake',
  initial: 'greeting',
  transitions: {
    greeting: { greeted: 'securing', end: 'over' },
    securing: { claims: 'judging', end: 'over' },
    // asking `authorize`; nothing is read meanwhile
    judging: { admitted: 'securing', end: 'over' },
    over: {}
  }
}

/** Bytes of a command of the handshake: names, passwords, keys and metadata. */
const longestCommand = 8192

/** Signature and version, which are said at once. */
const versionLength = 12

/**
 * How long the rest of the greeting waits for the version of the peer, ms: libzmq hangs up when it reads another mechanism
 * than its own, before it has said which that is.
 */
const courtesy = 50

export interface HandshakeResult {
  readonly info: SessionInfo
  readonly minor: number
  readonly rest: Uint8Array
}

export class Handshake {
  readonly #stream: Socket
  readonly #greeting: Greeting
  readonly #own: SocketType
  readonly #mechanism: Mechanism
  readonly #done: (result: HandshakeResult | Refusal) => void
  readonly #machine = new Machine(handshakeStates)
  readonly #late: Timer
  #received: Buffer = Buffer.alloc(0)
  #unsaid: Buffer = Buffer.alloc(0)
  #polite: Timer
  #peer = { minor: 0, version: '' }
  #info: SessionInfo | undefined

  constructor(
    stream: Socket,
    greeting: Greeting,
    own: SocketType,
    mechanism: Mechanism,
    done: (result: HandshakeResult | Refusal) => void
  ) {
    this.#stream = stream
    this.#greeting = greeting
    this.#own = own
    this.#mechanism = mechanism
    this.#done = done
    const { timeout, role, exclusive } = greeting
    this.#late = startTimer(() => this.#fail('handshake-timeout', `no ZMTP handshake within ${timeout} ms`), timeout)
    stream.on('data', this.#onData).on('end', this.#onEnd).on('close', this.#onEnd).on('error', this.#onError)
    if (exclusive && role === 'bind' && this.#isBusy()) return
    this.#unsaid = encodeGreeting(mechanism.name, role === 'bind')
    this.#say(versionLength)
    this.#polite = setTimeout(() => this.#say(greetingLength), courtesy)
  }

  /** Says as much of the greeting that was not said yet. */
  #say(count: number): void {
    if (this.#unsaid.length === 0) return
    this.#stream.write(this.#unsaid.subarray(0, count))
    this.#unsaid = this.#unsaid.subarray(count)
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk])
    try {
      this.#proceed()
    } catch (error) {
      if (error instanceof PeerError) this.#refusedByPeer(error.message)
      else if (error instanceof Misbehaviour) this.#fail('malformed-hello', error.message)
      else throw error
    }
  }

  readonly #onEnd = (): void => {
    const { exclusive, role } = this.#greeting
    if (exclusive && role === 'connect' && this.#machine.state !== 'greeting') {
      this.#fail('busy', 'the peer closed the connection; it takes one peer at a time and seems to have one')
    } else {
      const when = this.#machine.state === 'greeting' ? 'before its greeting was there' : 'in the handshake'
      this.#fail('closed', `the peer closed the connection ${when}`)
    }
  }

  readonly #onError = (error: Error): void => {
    this.#fail('closed', `the connection broke in the ZMTP handshake: ${error.message}`, error)
  }

  /** Understands as much as is there. */
  #proceed(): void {
    if (this.#machine.state === 'greeting' && !this.#readGreeting()) return
    while (this.#machine.state === 'securing') {
      const command = this.#nextCommand()
      if (command === undefined) return
      const slip = this.#mechanism.name === 'PLAIN' ? slippedError(command) : undefined
      if (slip !== undefined) throw slip
      const decoded = decodeCommand(command)
      if (decoded === undefined) throw new Misbehaviour('a command without a name')
      this.#take(this.#mechanism.receive(decoded))
    }
  }

  #readGreeting(): boolean {
    if (this.#received.length >= versionLength) this.#say(greetingLength)
    const greeting = decodeGreeting(this.#received)
    if (greeting === undefined) return false
    if ('fault' in greeting) {
      this.#fail(greeting.speaks === 'other' ? 'malformed-hello' : 'protocol-mismatch', greeting.fault)
      return false
    }
    const { name } = this.#mechanism
    if (greeting.mechanism !== name) {
      const message = `the mechanism here is ${name}, that of the peer ${greeting.mechanism}`
      this.#hangUp(new Refusal('protocol-mismatch', message, this.#greeting.address))
      return false
    }
    this.#peer = greeting
    this.#received = this.#received.subarray(greetingLength)
    this.#machine.fire('greeted')
    this.#take(this.#mechanism.begin())
    return true
  }

  /** The body of the next command, when all of it is there. */
  #nextCommand(): Buffer | undefined {
    const bytes = this.#received
    if (bytes.length === 0) return undefined
    const flags = bytes[0] as number
    if ((flags & COMMAND) === 0 || (flags & MORE) !== 0)
      throw new Misbehaviour('a message before the handshake was done')
    const header = (flags & LONG) === 0 ? 2 : 9
    if (bytes.length < header) return undefined
    const size = header === 2 ? (bytes[1] as number) : Number(bytes.readBigUInt64BE(1))
    if (size > longestCommand) throw new Misbehaviour(`a command of ${size} bytes in the handshake`)
    if (bytes.length < header + size) return undefined
    this.#received = bytes.subarray(header + size)
    return bytes.subarray(header, header + size)
  }

  #take(step: Step): void {
    if (step.claims === undefined) {
      this.#follow(step)
      return
    }
    const info = this.#judge(step.claims)
    if (info === undefined) return
    this.#info = info
    const { approve } = this.#greeting
    const verdict = approve?.(info)
    if (verdict === undefined) {
      this.#follow(step)
      return
    }
    this.#machine.fire('claims')
    this.#stream.pause()
    void verdict.then((refusal) => {
      if (this.#machine.state === 'over') return
      if (refusal !== undefined) {
        this.#refuse(refusal)
        return
      }
      this.#machine.fire('admitted')
      this.#follow(step)
    })
  }

  #follow({ say, introduces, over }: Step): void {
    if (introduces && this.#isBusy()) return
    if (say !== undefined) this.#stream.write(encodeFrame(COMMAND, say))
    if (over) this.#finish()
  }

  /** What is known about the peer now; `undefined` after refusing it. */
  #judge({ metadata, ...proven }: Claims): SessionInfo | undefined {
    const socketType = metadata.get('socket-type')?.toString('latin1') ?? ''
    const identity = metadata.get('identity')
    const { name, peers } = this.#own
    if (identity !== undefined && identity.length > 255) {
      throw new Misbehaviour(`an identity of ${identity.length} bytes; 255 are the most`)
    }
    if (!peers.includes(socketType)) {
      const other = /^[A-Z]+$/.test(socketType) ? socketType : 'no socket of ZeroMQ'
      this.#fail('protocol-mismatch', `${name} talks to ${peers.join(' and ')}; the peer is ${other}`)
      return undefined
    }
    const { version } = this.#peer
    const zmtp: ZmtpInfo = {
      version,
      mechanism: this.#mechanism.name,
      socketType,
      ...(identity !== undefined && identity.length > 0 && { identity }),
      ...proven
    }
    return { peerProtocol: this.#greeting.protocol.peer, zmtp }
  }

  #isBusy(): boolean {
    const busy = this.#greeting.admit()
    if (busy === undefined) return false
    this.#hangUp(busy)
    return true
  }

  /** `authorize` said no, which is for good; or said nothing in time, which is not. */
  #refuse(refusal: Refusal): void {
    if (refusal.reason === 'unauthorized') this.#stream.write(encodeFrame(COMMAND, this.#mechanism.refusal('400')))
    this.#hangUp(refusal)
  }

  /** Lets the peer read what was said. */
  #hangUp(refusal: Refusal): void {
    this.#leave()
    hangUp(this.#stream)
    this.#done(refusal)
  }

  #refusedByPeer(text: string): void {
    const temporary = text === '300' || text === '500'
    this.#fail(temporary ? 'unavailable' : 'unauthorized', `the peer refuses us: ${JSON.stringify(text)}`)
  }

  #finish(): void {
    this.#leave()
    this.#done({ info: this.#info as SessionInfo, minor: this.#peer.minor, rest: this.#received })
  }

  #fail(reason: RejectReason, message: string, cause?: unknown): void {
    this.#leave()
    this.#stream.on('error', () => {})
    this.#stream.destroy()
    this.#done(new Refusal(reason, message, this.#greeting.address, cause))
  }

  #leave(): void {
    this.#machine.fire('end')
    clearTimeout(this.#late)
    clearTimeout(this.#polite)
    this.#stream.off('data', this.#onData).off('end', this.#onEnd).off('close', this.#onEnd).off('error', this.#onError)
    this.#stream.pause()
  }
}
