/**
 * NULL: both say READY, nobody proves anything. ZMTP 3.1. Who dialed speaks first: who is not wanted should hear as little of
 * us as can be, and libzmq hangs up on a socket that does not fit, perhaps before it has said which it is itself.
 */
import type { Role } from '../../../core/transport.ts'
import { type Command, encodeCommand } from '../frames.ts'
import { decodeMetadata } from '../metadata.ts'
import { type Mechanism, Misbehaviour, type Step, unexpected } from './mechanism.ts'

export class NullMechanism implements Mechanism {
  readonly name = 'NULL'
  readonly #ready: Uint8Array
  readonly #waits: boolean

  constructor(metadata: Uint8Array, role: Role) {
    this.#ready = encodeCommand('READY', metadata)
    this.#waits = role === 'bind'
  }

  begin(): Step {
    return this.#waits ? {} : { say: this.#ready, introduces: true }
  }

  receive(command: Command): Step {
    if (command.name !== 'READY') throw unexpected(command, 'READY')
    const metadata = decodeMetadata(command.data)
    if (metadata === undefined) throw new Misbehaviour('the metadata of READY are damaged')
    const claims = { metadata }
    return this.#waits ? { claims, say: this.#ready, introduces: true, over: true } : { claims, over: true }
  }

  refusal(code: string): Uint8Array {
    return encodeCommand('ERROR', Buffer.from([code.length]), Buffer.from(code))
  }
}
