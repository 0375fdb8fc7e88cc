/**
 * One secret for a network: TLS-PSK between all members, without certificates. `node:tls` negotiates TLS 1.3 with a
 * pre-shared key and an ephemeral X25519 exchange, so that who learns the secret later cannot read what was recorded.
 *
 *   psk      = HKDF-SHA-256(secret, salt = network, info = "hubless cluster v1 psk")
 *   identity = HKDF-SHA-256(secret, salt = network, info = "hubless cluster v1 identity"), 16 bytes in hexadecimal
 *
 * TLS sends the identity in clear: it says that two connections use the same key, and nothing else. While a key is
 * rotated a listener takes all of the list, and a dialer tries the first, then the others in turn.
 */
import { hkdfSync } from 'node:crypto'
import type { EndpointInfo, EndpointOptions, Socket, SocketEvents } from 'hubless'

interface Key {
  readonly identity: string
  readonly psk: Buffer
}

export class Security {
  readonly #network: string
  readonly #secrets: readonly Uint8Array[]
  readonly #keys: readonly Key[]

  constructor(network: string, secrets: readonly Uint8Array[]) {
    this.#network = network
    this.#secrets = secrets
    this.#keys = secrets.map((secret) => ({
      identity: this.#derive(secret, 'identity', 16).toString('hex'),
      psk: this.#derive(secret, 'psk', 32)
    }))
  }

  /** Whether there is a key. */
  get keyed(): boolean {
    return this.#keys.length > 0
  }

  /** `tcp://` as `tls+tcp://`, where there is a key. */
  secure(url: string): string {
    return this.keyed && url.startsWith('tcp://') ? `tls+${url}` : url
  }

  /** Secrets for other purposes, one for each key, the newest first. */
  secrets(purpose: string): readonly Uint8Array[] {
    return this.#secrets.map((secret) => this.#derive(secret, purpose, 32))
  }

  endpointOptions(given: EndpointOptions): EndpointOptions {
    if (!this.keyed) return given
    // Where members have a newer key than this one, or none of them has it yet, the next attempt uses the next.
    let attempts = 0
    const pskCallback = (...asked: unknown[]): unknown => {
      // Servers are asked with the socket and an identity, clients with a hint.
      if (asked.length > 1) return this.#keys.find(({ identity }) => identity === asked[1])?.psk ?? null
      return this.#keys[attempts++ % this.#keys.length]
    }
    const tls: object = { pskCallback, minVersion: 'TLSv1.3', checkServerIdentity: () => undefined }
    return { ...given, tls: tls as NonNullable<EndpointOptions['tls']> }
  }

  /** Warns once, of a member that takes none of the keys, each of which is tried in turn while they are rotated. */
  watch(socket: Socket, warn: (message: string, cause: unknown) => void): void {
    const refusals = new WeakMap<EndpointInfo, number>()
    const onReject: SocketEvents['reject'] = ({ endpoint, reason, error }) => {
      if (endpoint.kind !== 'dialer' || reason !== 'tls') return
      const times = (refusals.get(endpoint) ?? 0) + 1
      refusals.set(endpoint, times)
      if (times <= this.#keys.length) return
      socket.off('reject', onReject)
      warn(`${endpoint.url}: ${error.message}; members need the same key and network`, error)
    }
    socket.on('reject', onReject)
  }

  #derive(secret: Uint8Array, purpose: string, length: number): Buffer {
    return Buffer.from(hkdfSync('sha256', secret, this.#network, `hubless cluster v1 ${purpose}`, length))
  }
}
