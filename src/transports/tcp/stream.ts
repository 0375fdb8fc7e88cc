/** What TCP adds to a byte stream: addresses and socket options. */
import type { Socket } from 'node:net'
import type { ResolvedEndpointOptions } from '../../core/options.ts'
import type { StreamKind } from '../stream/endpoints.ts'
import type { Wire } from '../stream/wire.ts'
import { formatTcpAddress, type TcpAddress } from './address.ts'

export const tcpKind = (scheme: string, wire: Wire): StreamKind => ({
  wire,
  describe: (stream) => describeTcp(scheme, stream)
})

export function describeTcp(scheme: string, stream: Socket): { local: string; remote: string } {
  const url = (host: string | undefined, port: number | undefined): string =>
    host === undefined || port === undefined ? '' : `${scheme}://${formatTcpAddress(plain(host), port)}`
  return { local: url(stream.localAddress, stream.localPort), remote: url(stream.remoteAddress, stream.remotePort) }
}

/** IPv4 addresses that a dual-stack listener sees as IPv6. */
function plain(host: string): string {
  return host.replace(/^::ffff:(?=\d+\.)/i, '')
}

export function applyTcpOptions(stream: Socket, options: ResolvedEndpointOptions): void {
  stream.setNoDelay(options.tcpNoDelay)
  const idle = options.tcpKeepAlive
  if (idle !== false) stream.setKeepAlive(true, idle === true ? 60_000 : wholeSeconds(idle))
}

/** Node cuts idle times to seconds and takes 0 for "as the system likes"; Linux knows no more than 32 767. */
function wholeSeconds(idle: number): number {
  return Math.min(Math.ceil(idle / 1000), 32_767) * 1000
}

/** What `node:net` and `node:tls` need to know of a numeric address. */
export function socketOptions({ host, port, local }: TcpAddress): {
  host: string
  port: number
  localAddress?: string
} {
  return { host, port, ...(local !== undefined && { localAddress: local }) }
}
