/**
 * Connecting through somebody else, such as the proxy of a company: an agent, as `node:http` knows them, opens the stream, and
 * TLS, upgrade and hello are spoken on it as on one of our own. The host goes to the agent as it stands in the URL, since
 * its name may be known beyond the proxy only.
 */
import { EventEmitter } from 'node:events'
import { Socket } from 'node:net'
import { SpError } from '../../core/errors.ts'
import type { ResolvedEndpointOptions } from '../../core/options.ts'
import type { StreamAgent } from '../../core/platform.ts'
import type { DialRequest } from '../../core/transport.ts'
import { connected } from '../stream/endpoints.ts'
import { formatTcpAddress, type TcpAddress } from './address.ts'
import { socketOptions } from './stream.ts'

/** Resolves with a stream that is connected to `to`. Rejects with what the agent throws, and when the attempt is given up. */
export function streamFrom(agent: StreamAgent, to: TcpAddress, { signal, url }: DialRequest): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    const taken = async (): Promise<void> => {
      const stream = await open(agent, to).finally(() => signal.removeEventListener('abort', onAbort))
      if (!(stream instanceof Socket)) {
        throw new SpError('EINVAL', { message: `${url}: the agent gave no Socket of node:net`, endpoint: url })
      }
      stream.on('error', () => {})
      if (signal.aborted) stream.destroy()
      else if (stream.connecting) await connected(stream, signal)
      resolve(stream)
    }
    taken().catch(reject)
  })
}

/** Those of the package `agent-base`, which connect by themselves and have their `createConnection` for requests only. */
interface ConnectingAgent {
  connect(request: object, options: object): unknown
}

async function open(agent: StreamAgent, to: TcpAddress): Promise<unknown> {
  // TLS is ours, also where it is spoken to the peer.
  const options = { ...socketOptions(to), secureEndpoint: false, protocol: 'http:' }
  if (isConnecting(agent)) return connectBy(agent, to, options)
  return new Promise((resolve, reject) => {
    const made = agent.createConnection(options, (error, stream) => {
      if (error instanceof Error) reject(error)
      else if (stream !== undefined) resolve(stream)
    })
    if (made instanceof Socket) resolve(made)
    else if (made instanceof Promise) made.then(resolve, reject)
  })
}

function isConnecting(agent: StreamAgent): agent is StreamAgent & ConnectingAgent {
  return typeof (agent as Partial<ConnectingAgent>).connect === 'function'
}

/** Throws `EINVAL` for agents that throw away what a peer says that speaks first, when it comes along with the answer of the proxy. */
export function checkAgent({ agent }: ResolvedEndpointOptions, url: string): void {
  if (agent === undefined || !isConnecting(agent)) return
  const message = `${url}: agents like this lose what the peer says first; connect to tls+tcp://, ws:// or wss://, or give one with createConnection alone`
  throw new SpError('EINVAL', { message, endpoint: url })
}

/** Such an agent hands the refusal of a proxy to the request, as if it were the answer. */
function connectBy(agent: ConnectingAgent, to: TcpAddress, options: object): Promise<unknown> {
  const place = formatTcpAddress(to.host, to.port)
  const request = Object.assign(new EventEmitter(), { path: '/', getHeader: () => undefined })
  return new Promise((resolve, reject) => {
    request.once('proxyConnect', ({ statusCode, statusText }: { statusCode: number; statusText: string }) => {
      if (statusCode === 200) return
      const message = `the proxy does not connect to ${place}: ${statusCode} ${statusText}`
      reject(new SpError('ECONNREFUSED', { message }))
    })
    Promise.resolve(agent.connect(request, options)).then(resolve, reject)
  })
}
