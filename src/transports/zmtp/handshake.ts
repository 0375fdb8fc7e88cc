/**
 * The handshake, whatever carries its commands: what a mechanism says and hears until both know each other, in one time. A
 * temporary no is a hang-up, which makes libzmq try again, and only who is not let in is told so, which makes it give up.
 */
import type { Socket } from 'node:net'
import type { RejectReason } from '../../core/reasons.ts'
import { Machine, type StateTable } from '../../core/state-machine.ts'
import { Refusal } from '../../core/transport.ts'
import { startTimer, type Timer } from '../../core/waiting.ts'
import { hangUp } from '../stream/hang-up.ts'
import type { Greeting, SessionInfo } from '../stream/wire.ts'
import { decodeCommand } from './frames.ts'
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
export const longestCommand = 8192

export interface HandshakeResult {
  readonly info: SessionInfo
  /** Minor version in force. */
  readonly minor: number
  /** Bytes that arrived after it. */
  readonly rest: Uint8Array
}

/** What both sides of a handshake have to know. */
export interface HandshakeOptions {
  readonly stream: Socket
  readonly greeting: Greeting
  readonly own: SocketType
  readonly mechanism: Mechanism
  readonly done: (result: HandshakeResult | Refusal) => void
}

export abstract class Handshake {
  protected readonly stream: Socket
  protected readonly greeting: Greeting
  protected readonly mechanism: Mechanism
  protected minor = 0
  readonly #own: SocketType
  readonly #done: (result: HandshakeResult | Refusal) => void
  readonly #machine = new Machine(handshakeStates)
  readonly #late: Timer
  #info: SessionInfo | undefined

  constructor({ stream, greeting, own, mechanism, done }: HandshakeOptions) {
    this.stream = stream
    this.greeting = greeting
    this.mechanism = mechanism
    this.#own = own
    this.#done = done
    const { timeout } = greeting
    this.#late = startTimer(() => this.fail('handshake-timeout', `no ZMTP handshake within ${timeout} ms`), timeout)
    stream.on('data', this.#onData).on('end', this.#onEnd).on('close', this.#onEnd).on('error', this.#onError)
  }

  /** Understands what came, as far as it goes. May throw what mechanisms throw. */
  protected abstract read(chunk: Buffer): void
  /** Sends a command. */
  protected abstract say(command: Uint8Array): void
  /** Bytes that arrived and were not understood yet. */
  protected abstract get rest(): Uint8Array

  /** Whether commands are read now. */
  protected get securing(): boolean {
    return this.#machine.state === 'securing'
  }

  protected get over(): boolean {
    return this.#machine.state === 'over'
  }

  protected get greeted(): boolean {
    return this.#machine.state !== 'greeting'
  }

  /** The mechanisms are the same: it begins. */
  protected agree(minor: number): void {
    this.minor = minor
    this.#machine.fire('greeted')
    this.take(this.mechanism.begin())
  }

  /** A command came. */
  protected obey(bytes: Buffer): void {
    const slip = this.mechanism.name === 'PLAIN' ? slippedError(bytes) : undefined
    if (slip !== undefined) throw slip
    const command = decodeCommand(bytes)
    if (command === undefined) throw new Misbehaviour('a command without a name')
    this.take(this.mechanism.receive(command))
  }

  protected take(step: Step): void {
    if (step.claims === undefined) {
      this.#follow(step)
      return
    }
    const { approve } = this.greeting
    const info = this.#judge(step.claims)
    if (info instanceof Refusal) {
      // Both should know; but who might not be let in need not know what socket this is.
      if (step.say !== undefined && approve === undefined) this.say(step.say)
      this.hangUp(info)
      return
    }
    this.#info = info
    const verdict = approve?.(info)
    if (verdict === undefined) {
      this.#follow(step)
      return
    }
    this.#machine.fire('claims')
    this.stream.pause()
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

  protected isBusy(): boolean {
    const busy = this.greeting.admit()
    if (busy === undefined) return false
    this.hangUp(busy)
    return true
  }

  /** Lets the peer read what was said. */
  protected hangUp(refusal: Refusal): void {
    this.leave()
    hangUp(this.stream)
    this.#done(refusal)
  }

  protected fail(reason: RejectReason, message: string, cause?: unknown): void {
    this.leave()
    this.stream.on('error', () => {})
    this.stream.destroy()
    this.#done(new Refusal(reason, message, this.greeting.address, cause))
  }

  protected leave(): void {
    this.#machine.fire('end')
    clearTimeout(this.#late)
    this.stream.off('data', this.#onData).off('end', this.#onEnd).off('close', this.#onEnd).off('error', this.#onError)
    this.stream.pause()
  }

  readonly #onData = (chunk: Buffer): void => {
    try {
      this.read(chunk)
    } catch (error) {
      if (error instanceof PeerError) this.#refusedByPeer(error.message)
      else if (error instanceof Misbehaviour) this.fail('malformed-hello', error.message)
      else throw error
    }
  }

  readonly #onEnd = (): void => {
    const { exclusive, role } = this.greeting
    if (exclusive && role === 'connect') {
      this.fail('busy', 'the peer closed the connection; it takes one peer at a time and seems to have one')
    } else {
      const when = this.greeted ? 'in the handshake' : 'before its greeting was there'
      this.fail('closed', `the peer closed the connection ${when}`)
    }
  }

  readonly #onError = (error: Error): void => {
    this.fail('closed', `the connection broke in the ZMTP handshake: ${error.message}`, error)
  }

  #follow({ say, introduces, over }: Step): void {
    if (introduces && this.isBusy()) return
    if (say !== undefined) this.say(say)
    if (over) this.#finish()
  }

  /** What is known about the peer now, or that it is a socket that does not fit. */
  #judge({ metadata, ...proven }: Claims): SessionInfo | Refusal {
    const socketType = metadata.get('socket-type')?.toString('latin1') ?? ''
    const identity = metadata.get('identity')
    const { name, peers } = this.#own
    if (identity !== undefined && identity.length > 255) {
      throw new Misbehaviour(`an identity of ${identity.length} bytes; 255 are the most`)
    }
    if (!peers.includes(socketType)) {
      const other = /^[A-Z]+$/.test(socketType) ? socketType : 'no socket of ZeroMQ'
      const message = `${name} talks to ${peers.join(' and ')}; the peer is ${other}`
      return new Refusal('protocol-mismatch', message, this.greeting.address)
    }
    const zmtp = {
      version: `3.${this.minor}`,
      mechanism: this.mechanism.name,
      socketType,
      ...(identity !== undefined && identity.length > 0 && { identity }),
      ...proven
    } satisfies ZmtpInfo
    // For `authorize` to read, and not to be printed with the rest.
    Object.defineProperty(zmtp, 'password', { enumerable: false })
    return { peerProtocol: this.greeting.protocol.peer, zmtp }
  }

  /** `authorize` said no, which is for good; or said nothing in time, which is not. */
  #refuse(refusal: Refusal): void {
    const no = refusal.reason === 'unauthorized' ? this.mechanism.refusal?.('400') : undefined
    if (no !== undefined) this.say(no)
    this.hangUp(refusal)
  }

  #refusedByPeer(text: string): void {
    const temporary = text === '300' || text === '500'
    this.fail(temporary ? 'unavailable' : 'unauthorized', `the peer refuses us: ${JSON.stringify(text)}`)
  }

  #finish(): void {
    this.leave()
    this.#done({ info: this.#info as SessionInfo, minor: this.minor, rest: this.rest })
  }
}
