/**
 * TCP addresses in nanomsg's syntax: bind `host:port`, connect `[local;]host:port`. The last colon separates the port,
 * so IPv6 literals work with and without brackets.
 */
import { isIP } from 'node:net'
import { SpError } from '../../core/errors.ts'

export interface TcpAddress {
  /** Host to bind or connect to; `*` only for bind. */
  readonly host: string
  readonly port: number
  /** Own address to connect from. */
  readonly local?: string
}

export function parseTcpAddress(address: string, role: 'bind' | 'connect', scheme = 'tcp'): TcpAddress {
  if (address.includes('@')) {
    // Whoever wrote it took it for a place for a password, which an error must not show.
    throw new SpError('EINVAL', { message: `an address of ${scheme}:// has no user and no password` })
  }
  const fail = (why: string): never => {
    const form = role === 'bind' ? 'host:port, such as 127.0.0.1:5555 or *:0' : 'host:port or local;host:port'
    throw new SpError('EINVAL', {
      message: `${scheme}://${address}: ${why}; it must be ${form}`,
      endpoint: `${scheme}://${address}`
    })
  }
  const semicolon = role === 'connect' ? address.indexOf(';') : -1
  const local = semicolon < 0 ? undefined : unbracket(address.slice(0, semicolon))
  if (local !== undefined && local !== '*' && isIP(withoutZone(local)) === 0) fail(`${local} is no local IP address`)
  const rest = address.slice(semicolon + 1)
  const colon = rest.lastIndexOf(':')
  if (colon < 0) fail('there is no port')
  const port = parsePort(rest.slice(colon + 1))
  if (port === undefined) fail(`${JSON.stringify(rest.slice(colon + 1))} is no port from 0 to 65535`)
  if (role === 'connect' && port === 0) fail('port 0 cannot be connected to')
  const host = unbracket(rest.slice(0, colon))
  const anyHost = role === 'bind' && host === '*'
  if (!anyHost && !isHost(host)) fail(`${JSON.stringify(host)} is no host`)
  return { host, port: port as number, ...(local !== undefined && local !== '*' && { local }) }
}

/** `host:port` for URLs, with brackets around IPv6. */
export function formatTcpAddress(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

function parsePort(text: string): number | undefined {
  if (!/^\d{1,5}$/.test(text)) return undefined
  const port = Number(text)
  return port <= 65535 ? port : undefined
}

function unbracket(host: string): string {
  return host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host
}

function withoutZone(host: string): string {
  return host.replace(/%.*$/, '')
}

/** An IP literal, or a name of labels with letters, digits and inner hyphens. */
function isHost(host: string): boolean {
  if (isIP(withoutZone(host)) !== 0) return true
  if (host.length === 0 || host.length > 255 || /^[\d.]+$/.test(host)) return false
  const labels = host.replace(/\.$/, '').split('.')
  return labels.every((label) => /^(?!-)[A-Za-z0-9_-]{1,63}(?<!-)$/.test(label))
}
