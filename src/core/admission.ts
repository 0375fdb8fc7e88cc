/**
 * Who may join: the options that limit peers, and `authorize`, which is asked about each. They come with the first
 * transport that can listen: a page that only dials chooses its peers, and knows nothing of them to judge.
 */

import type { ResolvedEndpointOptions } from './options.ts'
import type { ConnectionInfo, EndpointInfo } from './peer.ts'
import { isFunction, type OptionRules, option, optional, range } from './rules.ts'
import { Refusal } from './transport.ts'
import { within } from './waiting.ts'

const connections = option(Infinity, range(1))

export const admissionOptions = {
  maxConnections: connections,
  maxConnectionsPerHost: connections,
  authorize: optional('a function', isFunction)
}

interface Judge extends EndpointInfo {
  readonly options: ResolvedEndpointOptions
}

/** What `authorize` was asked about already. */
const asked: WeakSet<ConnectionInfo> = /* @__PURE__ */ new WeakSet()

/** Asks the `authorize` option about a peer, once; `undefined` when there is nothing to ask. Never rejects. */
export function authorize(endpoint: Judge, info: ConnectionInfo): Promise<Refusal | undefined> | undefined {
  const { authorize, handshakeTimeout } = endpoint.options
  if (authorize === undefined || asked.has(info)) return undefined
  asked.add(info)
  const { remote: address, peerProtocol } = info
  // What it threw may be nobody else's business, and a transport may tell the peer why: it is in the cause only.
  const refusal = (cause?: unknown): Refusal =>
    new Refusal('unauthorized', `authorize refused ${address || 'the peer'}`, address, cause)
  const ask = async (): Promise<Refusal | undefined> => {
    const yes = await authorize({ address, peerProtocol, info, endpoint })
    return yes === true ? undefined : refusal()
  }
  return within<Refusal | undefined>(
    handshakeTimeout,
    (decided) => void ask().then(decided, (error: unknown) => decided(refusal(error))),
    () => new Refusal('handshake-timeout', `authorize did not finish within ${handshakeTimeout} ms`, address)
  )
}

/** What is in force. */
export const admission: { options?: OptionRules; authorize?: typeof authorize } = {}
