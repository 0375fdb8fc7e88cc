/**
 * Judges an upgrade request by RFC 6455 §4.2.1 and by the rules of SP: the subprotocol is the listener's role and must be
 * in the list the peer offers, the path must be the one that was bound, and a browser's page must be allowed.
 */
import type { IncomingMessage } from 'node:http'
import type { WebSocketOptions } from '../../core/options.ts'
import type { ProtocolIdentity } from '../../core/peer.ts'
import type { Verdict } from './status.ts'
import { describeMismatch, ownSubprotocol } from './subprotocol.ts'

/** Why a request is no acceptable upgrade, whoever listens; `undefined` when it is one. */
export function judgeRequest({ method, headers }: IncomingMessage): Verdict | undefined {
  const bad = (message: string, extra?: Verdict['headers']): Verdict => ({
    status: 400,
    reason: 'websocket',
    message,
    ...(extra && { headers: extra })
  })
  if (method !== 'GET') {
    return { status: 405, reason: 'websocket', message: `${method} cannot upgrade, GET can`, headers: { Allow: 'GET' } }
  }
  if (headers.upgrade?.toLowerCase() !== 'websocket') return bad('the Upgrade header must be websocket')
  if (headers.host === undefined) return bad('there is no Host header')
  const key = headers['sec-websocket-key']
  if (key === undefined || !/^[+/0-9A-Za-z]{22}==$/.test(key)) return bad('the Sec-WebSocket-Key header is malformed')
  if (headers['sec-websocket-version'] !== '13') {
    return bad('the WebSocket version must be 13', { 'Sec-WebSocket-Version': '13' })
  }
  return undefined
}

/** Whether the peer speaks to this listener: its role must be among the subprotocols offered. */
export function judgeSubprotocol({ headers }: IncomingMessage, own: ProtocolIdentity): Verdict | undefined {
  const offered = headers['sec-websocket-protocol']
  if (offered?.split(',').some((name) => name.trim() === ownSubprotocol(own))) return undefined
  return { status: 400, reason: 'protocol-mismatch', message: describeMismatch(own, offered) }
}

/** Whether the page a browser comes from may connect. Peers that are no browsers send no Origin. */
export function judgeOrigin(
  { headers, url = '/' }: IncomingMessage,
  allowed: WebSocketOptions['origins']
): Verdict | undefined {
  const { origin, host = '' } = headers
  if (origin === undefined || allowed === '*') return undefined
  const verdict = { status: 403, reason: 'unauthorized' } as const
  let yes: boolean
  try {
    if (typeof allowed === 'function') yes = allowed(origin, { url, headers }) === true
    else if (allowed === undefined) yes = hostName(origin) !== '' && hostName(origin) === hostName(`http://${host}`)
    else yes = allowed.some((entry) => fits(origin, entry))
  } catch (error) {
    return { ...verdict, message: `the origins option threw: ${String(error)}` }
  }
  return yes ? undefined : { ...verdict, message: `pages of ${printable(origin)} may not connect; see ws: { origins }` }
}

/** An entry is an origin with scheme, or a host name for every scheme and port. */
function fits(origin: string, entry: string): boolean {
  if (entry.includes('://')) return origin.toLowerCase() === entry.toLowerCase().replace(/\/$/, '')
  return hostName(origin) === entry.toLowerCase()
}

function hostName(origin: string): string {
  return URL.canParse(origin) ? new URL(origin).hostname : ''
}

function printable(text: string): string {
  return JSON.stringify(text.slice(0, 200))
}
