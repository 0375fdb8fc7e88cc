/** Who may join: a peer of the right pattern that the option `authorize` lets in. */
import type { ResolvedEndpointOptions } from './options.ts'
import type { ConnectionInfo, EndpointInfo, ProtocolIdentity } from './peer.ts'
import { Refusal } from './transport.ts'
import { within } from './waiting.ts'

export interface Judging extends EndpointInfo {
  readonly options: ResolvedEndpointOptions
}

/** Why a peer of another pattern may not join. */
export function mismatch({ name, self, peer, peerName }: ProtocolIdentity, info: ConnectionInfo): Refusal | undefined {
  const { peerProtocol, remote } = info
  if (peerProtocol === peer) return undefined
  const hex = (id: number): string => `0x${id.toString(16)}`
  const message = `${name} (${hex(self)}) talks to ${peerName} (${hex(peer)}); the peer is ${hex(peerProtocol)}`
  return new Refusal('protocol-mismatch', message, remote)
}

/** Asks the option `authorize` of one endpoint. */
export class Judge {
  readonly #endpoint: Judging
  /** What it was asked about already. */
  readonly #asked: WeakSet<ConnectionInfo> = new WeakSet()
  /** Calls that run. */
  #running = 0

  constructor(endpoint: Judging) {
    this.#endpoint = endpoint
  }

  /** Asks about a peer, once; `undefined` when there is nothing to ask. Never rejects. */
  ask(info: ConnectionInfo): Promise<Refusal | undefined> | undefined {
    const { authorize, handshakeTimeout, maxAuthorizing } = this.#endpoint.options
    if (authorize === undefined || this.#asked.has(info)) return undefined
    this.#asked.add(info)
    const { remote: address, peerProtocol } = info
    if (this.#running >= maxAuthorizing) {
      return Promise.resolve(new Refusal('limit', `${maxAuthorizing} calls of authorize run already`, address))
    }
    this.#running++
    // What it threw may be nobody else's business, and a transport may tell the peer why: it is in the cause only.
    const refusal = (cause?: unknown): Refusal =>
      new Refusal('unauthorized', `authorize refused ${address || 'the peer'}`, address, cause)
    const ask = async (): Promise<Refusal | undefined> => {
      try {
        const yes = await authorize({ address, peerProtocol, info, endpoint: this.#endpoint })
        return yes === true ? undefined : refusal()
      } catch (error) {
        return refusal(error)
      } finally {
        // However long it took: the attempt may be over.
        this.#running--
      }
    }
    return within<Refusal | undefined>(
      handshakeTimeout,
      (decided) => void ask().then(decided),
      () => new Refusal('handshake-timeout', `authorize did not finish within ${handshakeTimeout} ms`, address)
    )
  }
}
