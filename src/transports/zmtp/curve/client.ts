/**
 * CURVE, the dialing side. RFC 26. S is the long-term key of the server and C that of the client, s and c those of this
 * connection alone.
 *
 *   HELLO c, Box[zeros](c to S)                        WELCOME Box[s, cookie](S to c)
 *   INITIATE cookie, Box[C, vouch, metadata](c to s)   READY Box[metadata](s to c)         vouch: Box[c, S](C to s)
 */
import { randomBytes } from 'node:crypto'
import { type Command, encodeCommand } from '../frames.ts'
import { type Cipher, type Mechanism, Misbehaviour, type Step, unexpected } from '../mechanisms/mechanism.ts'
import { decodeMetadata } from '../metadata.ts'
import { boxKey, counterBytes, nonceOf, open, seal } from './box.ts'
import { checkedCiphers } from './checked-ciphers.ts'
import { MessageCipher } from './cipher.ts'
import { type KeyPair, newKeyPair, publicKeyOf } from './keys.ts'

export class CurveClient implements Mechanism {
  readonly name = 'CURVE'
  cipher: Cipher | undefined
  readonly #metadata: Uint8Array
  readonly #long: KeyPair
  readonly #serverKey: Uint8Array
  readonly #short: KeyPair = newKeyPair()
  /** Of the boxes between c and S, then between c and s. */
  #key: Uint8Array
  #awaits: 'WELCOME' | 'READY' = 'WELCOME'

  constructor(metadata: Uint8Array, secretKey: Uint8Array, serverKey: Uint8Array) {
    this.#metadata = metadata
    this.#long = { publicKey: publicKeyOf(secretKey), secretKey }
    this.#serverKey = serverKey
    this.#key = boxKey(this.#short.secretKey, serverKey)
  }

  begin(): Step {
    const counter = counterBytes(1)
    const box = seal(this.#key, nonceOf('CurveZMQHELLO---', counter), Buffer.alloc(64))
    const version = Buffer.from([1, 0])
    return { say: encodeCommand('HELLO', version, Buffer.alloc(72), this.#short.publicKey, counter, box) }
  }

  receive(command: Command): Step {
    if (command.name !== this.#awaits) throw unexpected(command, this.#awaits)
    return this.#awaits === 'WELCOME' ? this.#initiate(command.data) : this.#ready(command.data)
  }

  refusal(code: string): Uint8Array {
    return encodeCommand('ERROR', Buffer.from([code.length]), Buffer.from(code))
  }

  #initiate(data: Buffer): Step {
    if (data.length !== 160) throw new Misbehaviour(`a WELCOME of ${data.length} bytes`)
    const welcome = open('WELCOME', this.#key, nonceOf('WELCOME-', data.subarray(0, 16)), data.subarray(16))
    const [server, cookie] = [welcome.subarray(0, 32), welcome.subarray(32)]
    this.#key = boxKey(this.#short.secretKey, server)
    const vouchNonce = randomBytes(16)
    const vouchKey = boxKey(this.#long.secretKey, server)
    const vouch = seal(vouchKey, nonceOf('VOUCH---', vouchNonce), this.#short.publicKey, this.#serverKey)
    const counter = counterBytes(2)
    const nonce = nonceOf('CurveZMQINITIATE', counter)
    const box = seal(this.#key, nonce, this.#long.publicKey, vouchNonce, vouch, this.#metadata)
    this.#awaits = 'READY'
    return { say: encodeCommand('INITIATE', cookie, counter, box), introduces: true }
  }

  #ready(data: Buffer): Step {
    const counter = data.subarray(0, 8)
    const plain = open('READY', this.#key, nonceOf('CurveZMQREADY---', counter), data.subarray(8))
    const metadata = decodeMetadata(plain)
    if (metadata === undefined) throw new Misbehaviour('the metadata of READY are damaged')
    this.cipher = new MessageCipher(this.#key, 'client', 2, counter, checkedCiphers())
    return { claims: { metadata }, over: true }
  }
}
