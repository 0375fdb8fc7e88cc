/** CURVE, the listening side; see `client.ts` for what is said. The cookie leads back to nothing: the connection remembers. */
import { randomBytes, timingSafeEqual } from 'node:crypto'
import { type Command, encodeCommand } from '../frames.ts'
import { type Cipher, type Mechanism, Misbehaviour, type Step, unexpected } from '../mechanisms/mechanism.ts'
import { decodeMetadata } from '../metadata.ts'
import { encodeZ85 } from '../z85.ts'
import { boxKey, counterBytes, nonceOf, open, seal } from './box.ts'
import { checkedCiphers } from './checked-ciphers.ts'
import { MessageCipher } from './cipher.ts'
import { type KeyPair, newKeyPair, publicKeyOf } from './keys.ts'

interface Greeted {
  readonly client: Buffer
  readonly short: KeyPair
  readonly cookie: Buffer
  /** Of the boxes between c and s. */
  readonly key: Uint8Array
}

export class CurveServer implements Mechanism {
  readonly name = 'CURVE'
  cipher: Cipher | undefined
  readonly #metadata: Uint8Array
  readonly #secretKey: Uint8Array
  /** What HELLO led to. */
  #greeted: Greeted | undefined

  constructor(metadata: Uint8Array, secretKey: Uint8Array) {
    this.#metadata = metadata
    this.#secretKey = secretKey
  }

  begin(): Step {
    return {}
  }

  receive(command: Command): Step {
    const greeted = this.#greeted
    const awaited = greeted === undefined ? 'HELLO' : 'INITIATE'
    if (command.name !== awaited) throw unexpected(command, awaited)
    return greeted === undefined ? this.#welcome(command.data) : this.#ready(greeted, command.data)
  }

  refusal(code: string): Uint8Array {
    return encodeCommand('ERROR', Buffer.from([code.length]), Buffer.from(code))
  }

  #welcome(data: Buffer): Step {
    if (data.length !== 194 || data[0] !== 1) throw new Misbehaviour(`a HELLO of ${data.length} bytes`)
    const client = Buffer.from(data.subarray(74, 106))
    const toClient = boxKey(this.#secretKey, client)
    open('HELLO', toClient, nonceOf('CurveZMQHELLO---', data.subarray(106, 114)), data.subarray(114))
    const short = newKeyPair()
    const cookie = randomBytes(96)
    this.#greeted = { client, short, cookie, key: boxKey(short.secretKey, client) }
    const nonce = randomBytes(16)
    const box = seal(toClient, nonceOf('WELCOME-', nonce), short.publicKey, cookie)
    return { say: encodeCommand('WELCOME', nonce, box) }
  }

  #ready({ client, short, cookie, key }: Greeted, data: Buffer): Step {
    if (data.length < 248 || !timingSafeEqual(data.subarray(0, 96), cookie)) {
      throw new Misbehaviour('an INITIATE without the cookie of its WELCOME')
    }
    const theirs = data.subarray(96, 104)
    const plain = open('INITIATE', key, nonceOf('CurveZMQINITIATE', theirs), data.subarray(104))
    const long = plain.subarray(0, 32)
    const vouchKey = boxKey(short.secretKey, long)
    const vouch = open('the vouch', vouchKey, nonceOf('VOUCH---', plain.subarray(32, 48)), plain.subarray(48, 128))
    if (!vouch.equals(Buffer.concat([client, publicKeyOf(this.#secretKey)]))) {
      throw new Misbehaviour('a vouch for another connection')
    }
    const metadata = decodeMetadata(plain.subarray(128))
    if (metadata === undefined) throw new Misbehaviour('the metadata of INITIATE are damaged')
    const counter = counterBytes(1)
    const box = seal(key, nonceOf('CurveZMQREADY---', counter), this.#metadata)
    this.cipher = new MessageCipher(key, 'server', 1, theirs, checkedCiphers())
    const claims = { metadata, publicKey: encodeZ85(long) }
    return { claims, say: encodeCommand('READY', counter, box), introduces: true, over: true }
  }
}
