/** What TLS adds to a byte stream: the framing of TCP, and the certificate of the peer. */
import { TLSSocket } from 'node:tls'
import type { StreamKind } from '../stream/endpoints.ts'
import { tcpFraming } from '../stream/framing.ts'
import { describeTcp } from '../tcp/stream.ts'
import { describeTls } from './info.ts'

export const tlsKind: StreamKind = {
  framing: tcpFraming,
  describe: (stream) => ({
    ...describeTcp('tls+tcp', stream),
    ...(stream instanceof TLSSocket && { tls: describeTls(stream) })
  })
}
