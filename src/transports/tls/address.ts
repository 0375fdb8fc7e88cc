/** TLS addresses are those of TCP: bind `host:port`, connect `[local;]host:port`. */
import type { ResolvedEndpointOptions } from '../../core/options.ts'
import { parseTcpAddress } from '../tcp/address.ts'
import { checkTls } from './settings.ts'

export function checkAddress(address: string, role: 'bind' | 'connect', options: ResolvedEndpointOptions): void {
  parseTcpAddress(address, role, 'tls+tcp')
  checkTls(options, role, `tls+tcp://${address}`)
}
