/**
 * WebSocket addresses in nanomsg's syntax: bind `host:port[/path]`, connect `[local;]host[:port][/path][?query]`.
 * The host part follows TCP; path and query go out as they stand.
 */
import { SpError } from '../../core/errors.ts'
import { parseTcpAddress, type TcpAddress } from '../tcp/address.ts'

export interface WsAddress extends TcpAddress {
  /** Host and port as they stand in the URL: the `Host` header. */
  readonly authority: string
  /** Path and query as they stand in the URL; empty when there is none. */
  readonly path: string
}

/** Whether a scheme is WebSocket over TLS, whatever is spoken in it. */
export function isSecure(scheme: string): boolean {
  return scheme.endsWith('wss')
}

/** `attached`: the server exists already, so the port may be missing. */
export function parseWsAddress(address: string, scheme: string, role: 'bind' | 'connect', attached = false): WsAddress {
  const end = address.search(/[/?#]/)
  const path = end < 0 ? '' : address.slice(end)
  const place = end < 0 ? address : address.slice(0, end)
  if (place.includes('@')) {
    throw new SpError('EINVAL', { message: 'credentials go into an Authorization header: ws: { headers }' })
  }
  const fail = (why: string): never => {
    throw new SpError('EINVAL', { message: `${scheme}://${address}: ${why}`, endpoint: `${scheme}://${address}` })
  }
  if (path.includes('#')) fail('a WebSocket URL has no fragment')
  if (/[^\x21-\x7e]/.test(path)) fail('the path has spaces or characters outside ASCII; percent-encode them')
  if (role === 'bind' && path.includes('?')) fail('a path to bind has no query')
  const authority = place.slice(place.indexOf(';') + 1)
  const named = /:\d*$/.test(authority.replace(/^\[.*\]/, '')) || authority.endsWith(':')
  const port = role === 'connect' ? (isSecure(scheme) ? 443 : 80) : attached ? 0 : undefined
  const full = named || port === undefined ? place : `${place}:${port}`
  return { ...parseTcpAddress(full, role, scheme), authority, path }
}
