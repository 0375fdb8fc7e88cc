/** What TLS adds to a byte stream: what was negotiated, and the certificate of the peer. */
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { StreamInfo, StreamKind } from '../stream/endpoints.ts'
import type { Wire } from '../stream/wire.ts'
import { describeTcp } from '../tcp/stream.ts'
import { describeTls } from './info.ts'

export function describeSecure(scheme: string, stream: Socket): StreamInfo {
  return { ...describeTcp(scheme, stream), ...(isSecure(stream) && { tls: describeTls(stream) }) }
}

export const tlsKind = (scheme: string, wire: Wire): StreamKind => ({
  wire,
  describe: (stream) => describeSecure(scheme, stream)
})

/** Without the class, so that `ws://` need not load `node:tls`. */
function isSecure(stream: Socket): stream is TLSSocket {
  return (stream as Partial<TLSSocket>).encrypted === true
}
