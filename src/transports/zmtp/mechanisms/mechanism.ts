/**
 * A security mechanism: who says which command when, until both know each other. One object per connection; the handshake
 * asks it what to say and tells it what came.
 */
import type { Command } from '../frames.ts'
import type { MechanismName } from '../greeting.ts'
import type { ZmtpInfo } from '../info.ts'
import type { Metadata } from '../metadata.ts'

/** What the peer says of itself. */
export interface Claims extends Pick<ZmtpInfo, 'username' | 'password' | 'publicKey'> {
  readonly metadata: Metadata
}

export interface Step {
  /** The peer has told who it is: to be judged before anything else of this step. */
  readonly claims?: Claims
  /** The body of a command to say. */
  readonly say?: Uint8Array
  /** That command tells who we are. */
  readonly introduces?: boolean
  /** The handshake is done. */
  readonly over?: boolean
}

/** The peer said something that it must not say here. */
export class Misbehaviour extends Error {}

/** The peer said no. */
export class PeerError extends Error {}

export interface Mechanism {
  readonly name: MechanismName
  /** What is said once the greeting of the peer is there. */
  begin(): Step
  /** The peer said this. Throws `Misbehaviour` or `PeerError`. */
  receive(command: Command): Step
  /** The command that tells the peer that it is not wanted; absent where there is none. */
  refusal?(code: string): Uint8Array
  /** Encrypts and decrypts what comes after the handshake; absent where that goes in clear. */
  readonly cipher?: Cipher | undefined
}

/** What protects the messages of a connection. */
export interface Cipher {
  /** Bytes that a sealed frame has beyond the payload. */
  readonly overhead: number
  /**
   * The payload on the wire of a frame with these flags, whose payload has two parts. Up to `copyLimit` bytes of it lie in
   * memory that is used again for the next.
   */
  seal(flags: number, first: Uint8Array, rest: Uint8Array): Uint8Array
  /** The payload of the frame sealed in `bytes[start, end)`; `undefined` for what is not authentic. */
  open(bytes: Uint8Array, start: number, end: number): Buffer | undefined
  /** Those of the frame that was opened last. */
  readonly flags: number
}

/** What is wrong with a command where another was awaited. */
export function unexpected({ name, data }: Command, awaited: string): Error {
  if (name === 'ERROR') return new PeerError(errorText(data))
  return new Misbehaviour(`${JSON.stringify(name)} where ${awaited} must come`)
}

export function errorText(data: Buffer): string {
  return data.toString('latin1', 1, 1 + (data[0] ?? 0)).replace(/[^\x20-\x7e]/g, '?')
}
