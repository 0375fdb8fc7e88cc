/**
 * The handshake on a stream of bytes: greetings, then commands in frames. What came is kept until it is understood, and
 * never more than a greeting and one command.
 */
import { Refusal } from '../../core/transport.ts'
import type { Timer } from '../../core/waiting.ts'
import { COMMAND, encodeFrame, LONG, MORE } from './frames.ts'
import { decodeGreeting, encodeGreeting, greetingLength } from './greeting.ts'
import { Handshake, type HandshakeOptions, longestCommand } from './handshake.ts'
import { Misbehaviour } from './mechanisms/mechanism.ts'

/** Signature and version, which are said at once. */
const versionLength = 12

/**
 * How long the rest of the greeting waits for the version of the peer, ms: libzmq hangs up when it reads another mechanism
 * than its own, before it has said which that is.
 */
const courtesy = 50

export class StreamHandshake extends Handshake {
  #received: Buffer = Buffer.alloc(0)
  /** What was not said yet of our greeting. */
  #unsaid: Buffer = Buffer.alloc(0)
  #polite: Timer

  constructor(options: HandshakeOptions) {
    super(options)
    const { role, exclusive } = this.greeting
    if (exclusive && role === 'bind' && this.isBusy()) return
    this.#unsaid = encodeGreeting(this.mechanism.name, role === 'bind')
    this.#greet(versionLength)
    this.#polite = setTimeout(() => this.#greet(greetingLength), courtesy)
  }

  protected override get rest(): Uint8Array {
    return this.#received
  }

  protected override say(command: Uint8Array): void {
    this.stream.write(encodeFrame(COMMAND, command))
  }

  protected override read(chunk: Buffer): void {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk])
    if (!this.greeted) this.#readGreeting()
    while (this.securing) {
      const command = this.#nextCommand()
      if (command === undefined) return
      this.obey(command)
    }
  }

  protected override leave(): void {
    clearTimeout(this.#polite)
    super.leave()
  }

  /** Says as many bytes of the greeting as were not said yet. */
  #greet(count: number): void {
    if (this.#unsaid.length === 0) return
    this.stream.write(this.#unsaid.subarray(0, count))
    this.#unsaid = this.#unsaid.subarray(count)
  }

  #readGreeting(): void {
    if (this.#received.length >= versionLength) this.#greet(greetingLength)
    const greeting = decodeGreeting(this.#received)
    if (greeting === undefined) return
    const { name } = this.mechanism
    if ('fault' in greeting) {
      this.fail(greeting.speaks === 'other' ? 'malformed-hello' : 'protocol-mismatch', greeting.fault)
    } else if (greeting.mechanism !== name) {
      const message = `the mechanism here is ${name}, that of the peer ${greeting.mechanism}`
      this.hangUp(new Refusal('protocol-mismatch', message, this.greeting.address))
    } else {
      this.#received = this.#received.subarray(greetingLength)
      this.agree(greeting.minor)
    }
  }

  /** The body of the next command, when all of it is there. */
  #nextCommand(): Buffer | undefined {
    const bytes = this.#received
    if (bytes.length === 0) return undefined
    const flags = bytes[0] as number
    if ((flags & COMMAND) === 0 || (flags & MORE) !== 0) {
      throw new Misbehaviour('a message before the handshake was done')
    }
    const header = (flags & LONG) === 0 ? 2 : 9
    if (bytes.length < header) return undefined
    const size = header === 2 ? (bytes[1] as number) : Number(bytes.readBigUInt64BE(1))
    if (size > longestCommand) throw new Misbehaviour(`a command of ${size} bytes in the handshake`)
    if (bytes.length < header + size) return undefined
    this.#received = bytes.subarray(header + size)
    return bytes.subarray(header, header + size)
  }
}
