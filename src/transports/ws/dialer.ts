/** One attempt to connect: TCP, TLS for `wss://`, then the upgrade; every address of the name gets its turn. */
import type { Connection, DialRequest } from '../../core/transport.ts'
import { greetStream } from '../stream/endpoints.ts'
import { connectTcp, dialEach } from '../tcp/dialer.ts'
import { describeSecure } from '../tls/stream.ts'
import { isSecure, parseWsAddress } from './address.ts'
import { type Speech, spSpeech } from './speech.ts'
import { upgradeWire } from './upgrade.ts'

export async function dial(request: DialRequest, speech: Speech = spSpeech): Promise<Connection> {
  const { scheme } = request
  const address = parseWsAddress(request.address, scheme, 'connect')
  const kind = { wire: upgradeWire(address, speech), describe: describeSecure.bind(undefined, scheme) }
  const tls = isSecure(scheme) ? await import('../tls/client.ts') : undefined
  return dialEach(address, request, async (one, to) => {
    const began = performance.now()
    if (tls === undefined) return greetStream(await connectTcp(one, to), one, kind, performance.now() - began)
    const stream = await tls.connectTls(one, to, address.host)
    return greetStream(stream, one, kind, performance.now() - began).catch(tls.refusedByTls)
  })
}
