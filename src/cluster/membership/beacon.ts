/**
 * What a member says of itself in a datagram: its id, where it listens, and when. With a key it is sealed with
 * AES-256-GCM, so that nobody without it can read, forge or change it; an old one is refused, and so is one that comes
 * again. Without a key it is plain JSON, and whoever can send packets can say anything.
 *
 *   plain   00 JSON { n: network, i: id, u: URLs, t: time, f: farewell }
 *   sealed  01 nonce (12) ciphertext tag (16)                 strings of at most 255 bytes in a TXT record
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { isObject } from '../../rules.ts'
import { isId, isUrl } from '../rules.ts'

export interface Beacon {
  readonly id: string
  readonly urls: readonly string[]
  readonly farewell: boolean
}

/** Clocks of members may differ by this much, ms. */
const tolerance = 60_000
const maxSize = 4096
const maxUrls = 8
/** Members whose last time is remembered. */
const maxRemembered = 4096

const plain = 0
const sealed = 1

export class Beacons {
  readonly #network: string
  readonly #secrets: readonly Uint8Array[]
  /** Time of the last beacon of each member: no other comes with it again. */
  readonly #times: Map<string, number> = new Map()
  #last = 0

  constructor(network: string, secrets: readonly Uint8Array[]) {
    this.#network = network
    this.#secrets = secrets
  }

  write({ id, urls, farewell }: Beacon, now: number = Date.now()): Buffer[] {
    this.#last = Math.max(now, this.#last + 1)
    const fields = { n: this.#network, i: id, u: urls.slice(0, maxUrls), t: this.#last, f: farewell }
    return pieces(this.#seal(Buffer.from(JSON.stringify(fields))))
  }

  /** Returns what is wrong with it, if anything; `foreign` is one of another network. */
  read(data: unknown, now: number = Date.now()): Beacon | string {
    const bytes = whole(data)
    if (bytes === undefined) return 'malformed'
    const text = this.#open(bytes)
    if (text === undefined) return this.#secrets.length > 0 ? 'forged' : 'foreign'
    let fields: unknown
    try {
      fields = JSON.parse(text)
    } catch {
      return 'malformed'
    }
    if (!isObject(fields)) return 'malformed'
    const { n, i, u, t, f } = fields
    if (n !== this.#network) return 'foreign'
    const listed = Array.isArray(u) && u.length > 0 && u.length <= maxUrls && u.every(isUrl)
    if (!isId(i) || !listed || typeof t !== 'number' || typeof f !== 'boolean') return 'malformed'
    if (Math.abs(t - now) > tolerance) return 'stale'
    if (t <= (this.#times.get(i) ?? 0)) return 'replayed'
    if (!this.#times.has(i) && this.#times.size >= maxRemembered) this.#forget(now)
    this.#times.set(i, t)
    return { id: i, urls: u, farewell: f }
  }

  #seal(text: Buffer): Buffer {
    const [secret] = this.#secrets
    if (secret === undefined) return Buffer.concat([Buffer.of(plain), text])
    const nonce = randomBytes(12)
    const cipher = createCipheriv('aes-256-gcm', secret, nonce)
    return Buffer.concat([Buffer.of(sealed), nonce, cipher.update(text), cipher.final(), cipher.getAuthTag()])
  }

  #open(bytes: Buffer): string | undefined {
    if (this.#secrets.length === 0) return bytes[0] === plain ? bytes.toString('utf8', 1) : undefined
    if (bytes[0] !== sealed || bytes.length < 30) return undefined
    for (const secret of this.#secrets) {
      const decipher = createDecipheriv('aes-256-gcm', secret, bytes.subarray(1, 13)).setAuthTag(bytes.subarray(-16))
      const text = decipher.update(bytes.subarray(13, -16))
      try {
        decipher.final()
        return text.toString()
      } catch {
        // Sealed with another key.
      }
    }
    return undefined
  }

  /** Times that are too old to be taken again. */
  #forget(now: number): void {
    for (const [id, time] of this.#times) if (Math.abs(time - now) > tolerance) this.#times.delete(id)
    const [oldest] = this.#times.keys()
    if (this.#times.size >= maxRemembered && oldest !== undefined) this.#times.delete(oldest)
  }
}

function pieces(bytes: Buffer): Buffer[] {
  const strings: Buffer[] = []
  for (let at = 0; at < bytes.length; at += 255) strings.push(bytes.subarray(at, at + 255))
  return strings
}

function whole(data: unknown): Buffer | undefined {
  const strings: readonly unknown[] = Array.isArray(data) ? data : [data]
  if (strings.length === 0 || !strings.every((one) => one instanceof Uint8Array)) return undefined
  const bytes = Buffer.concat(strings as Uint8Array[])
  return bytes.length >= 2 && bytes.length <= maxSize ? bytes : undefined
}
