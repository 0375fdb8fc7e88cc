/**
 * Who may join: `authorize` is asked about each peer. It comes with the first transport that can listen: a page that only
 * dials chooses its peers, and knows nothing of them to judge.
 */

import type { ResolvedEndpointOptions } from './options.ts'
import type { ConnectionInfo, EndpointInfo } from './peer.ts'
import { isFunction, type OptionRules, optional } from './rules.ts'
import { Refusal } from './transport.ts'
import { within } from './waiting.ts'

export const admissionOptions: OptionRules = { authorize: optional('a function', isFunction) }

interface Judging extends EndpointInfo {
  readonly options: ResolvedEndpointOptions
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

/** What is in force. */
export const admission: { options?: OptionRules; Judge?: typeof Judge } = {}
