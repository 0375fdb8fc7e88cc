/**
 * PLAIN: name and password in clear. RFC 24.
 *
 *   client: HELLO name password      INITIATE metadata
 *   server:            WELCOME                  READY metadata, or ERROR
 */
import { type Command, encodeCommand } from '../frames.ts'
import { decodeMetadata, type Metadata } from '../metadata.ts'
import { errorText, type Mechanism, Misbehaviour, PeerError, type Step, unexpected } from './mechanism.ts'

/** libzmq 4.3 says and understands `^RROR`: an escape in its source swallows the first letter, which has become its wire. */
const libzmqError = Buffer.from('\x5eRROR', 'latin1')

export class PlainClient implements Mechanism {
  readonly name = 'PLAIN'
  readonly #hello: Uint8Array
  readonly #initiate: Uint8Array
  #awaits: 'WELCOME' | 'READY' = 'WELCOME'

  constructor(metadata: Uint8Array, username: string, password: string) {
    this.#hello = encodeCommand('HELLO', ...[username, password].flatMap(prefixed))
    this.#initiate = encodeCommand('INITIATE', metadata)
  }

  begin(): Step {
    return { say: this.#hello }
  }

  receive(command: Command): Step {
    if (command.name !== this.#awaits) throw unexpected(command, this.#awaits)
    if (this.#awaits === 'READY') return { claims: { metadata: metadataOf(command) }, over: true }
    if (command.data.length > 0) throw new Misbehaviour('there is something behind WELCOME')
    this.#awaits = 'READY'
    return { say: this.#initiate, introduces: true }
  }

  refusal(code: string): Uint8Array {
    return plainError(code)
  }
}

export class PlainServer implements Mechanism {
  readonly name = 'PLAIN'
  readonly #ready: Uint8Array
  #credentials: { readonly username: string; readonly password: string } | undefined

  constructor(metadata: Uint8Array) {
    this.#ready = encodeCommand('READY', metadata)
  }

  begin(): Step {
    return {}
  }

  receive(command: Command): Step {
    if (this.#credentials === undefined) {
      if (command.name !== 'HELLO') throw unexpected(command, 'HELLO')
      this.#credentials = credentialsOf(command.data)
      return { say: encodeCommand('WELCOME') }
    }
    if (command.name !== 'INITIATE') throw unexpected(command, 'INITIATE')
    const claims = { ...this.#credentials, metadata: metadataOf(command) }
    return { claims, say: this.#ready, introduces: true, over: true }
  }

  refusal(code: string): Uint8Array {
    return plainError(code)
  }
}

/** The ERROR of libzmq's PLAIN in place of a command; `undefined` for anything else. */
export function slippedError(bytes: Buffer): PeerError | undefined {
  if (!bytes.subarray(0, libzmqError.length).equals(libzmqError)) return undefined
  return new PeerError(errorText(bytes.subarray(libzmqError.length)))
}

function plainError(code: string): Uint8Array {
  return Buffer.concat([libzmqError, ...prefixed(code)])
}

function prefixed(text: string): Uint8Array[] {
  const bytes = Buffer.from(text)
  return [Buffer.from([bytes.length]), bytes]
}

function metadataOf({ name, data }: Command): Metadata {
  const metadata = decodeMetadata(data)
  if (metadata === undefined) throw new Misbehaviour(`the metadata of ${name} are damaged`)
  return metadata
}

function credentialsOf(data: Buffer): { username: string; password: string } {
  const first = 1 + (data[0] ?? 0)
  const second = first + 1 + (data[first] ?? 0)
  if (data.length < 2 || first >= data.length || second !== data.length) {
    throw new Misbehaviour('HELLO has no name and password')
  }
  return { username: data.toString('utf8', 1, first), password: data.toString('utf8', first + 1, second) }
}
