/**
 * Judges an upgrade request by RFC 6455 §4.2.1, and whether the listener goes by the name it is asked for and the page of
 * a browser is allowed. The subprotocol is the business of what is spoken.
 */
import type { Socket } from 'node:net'
import type { WebSocketOptions } from '../../core/options.ts'
import { atOnce } from '../../core/thrown.ts'
import { Refusal } from '../../core/transport.ts'
import { keepHeaders, lists, type UpgradeRequest } from './head.ts'
import { refused, type Verdict, verdict } from './verdict.ts'

/** Why a request is no acceptable upgrade, whoever listens; `undefined` when it is one. */
export function judgeRequest({ method, httpVersion, headers }: UpgradeRequest): Verdict | undefined {
  const bad = (message: string, extra?: Verdict['headers']): Verdict => verdict(400, 'websocket', message, extra)
  if (method !== 'GET') {
    return verdict(405, 'websocket', `${method} is not served here, GET is`, { Allow: 'GET' })
  }
  if (headers.upgrade === undefined || !lists(headers.connection, 'upgrade')) {
    const offer = { Upgrade: 'websocket', 'Sec-WebSocket-Version': '13' }
    return verdict(426, 'websocket', 'this port speaks WebSocket', offer)
  }
  if (httpVersion !== '1.1') return bad('a WebSocket upgrade needs HTTP/1.1')
  if (String(headers.upgrade).toLowerCase() !== 'websocket') return bad('the Upgrade header must be websocket')
  if (headers.host === undefined) return bad('there is no Host header')
  const key = headers['sec-websocket-key']
  if (typeof key !== 'string' || !/^[+/0-9A-Za-z]{22}==$/.test(key)) return bad('the Sec-WebSocket-Key is malformed')
  if (headers['sec-websocket-version'] !== '13') {
    return bad('the WebSocket version must be 13', { 'Sec-WebSocket-Version': '13' })
  }
  return undefined
}

/** The subprotocols that a peer offers. */
export function offeredBy({ headers }: UpgradeRequest): string[] | undefined {
  return headers['sec-websocket-protocol']
    ?.toString()
    .split(',')
    .map((name) => name.trim())
}

/**
 * Whether the listener goes by the name it was asked for. A page whose own name was made to lead to this machine asks a
 * listener on loopback by that name (DNS rebinding), and its Origin agrees with it.
 */
export function judgeHost(
  { headers }: UpgradeRequest,
  { localAddress = '' }: Socket,
  hosts: WebSocketOptions['hosts']
): Verdict | undefined {
  const name = hostName(`http://${headers.host}`)
  const onLoopback = isLoopback(localAddress.replace(/^::ffff:/i, ''))
  if (name !== '' && hosts?.some((host) => hostName(`http://${bracketed(host)}`) === name)) return undefined
  if (onLoopback ? isLoopback(name) : hosts === undefined) return undefined
  return unauthorized(`nobody may ask for this listener as ${printable(String(headers.host))}; see ws: { hosts }`)
}

function isLoopback(host: string): boolean {
  return /^(127(\.\d+){3}|\[?::1\]?|(.+\.)?localhost\.?)$/i.test(host)
}

function bracketed(host: string): string {
  return host.includes(':') && !host.startsWith('[') ? `[${host}]` : host
}

/** Whether the page a browser comes from may connect. Peers that are no browsers send no Origin. */
export function judgeOrigin(
  { headers, url = '/' }: UpgradeRequest,
  allowed: WebSocketOptions['origins']
): Verdict | undefined {
  const origin = headers.origin?.toString()
  if (origin === undefined || allowed === '*') return undefined
  let yes: boolean
  try {
    if (typeof allowed === 'function') yes = atOnce(allowed(origin, { url, headers: keepHeaders(headers) })) === true
    else if (allowed !== undefined) yes = allowed.some((entry) => fits(origin, entry))
    else yes = hostName(origin) !== '' && hostName(origin) === hostName(`http://${headers.host}`)
  } catch (error) {
    return unauthorized('the origins option threw', error)
  }
  return yes ? undefined : unauthorized(`pages of ${printable(origin)} may not connect; see ws: { origins }`)
}

function unauthorized(message: string, cause?: unknown): Verdict {
  return refused(new Refusal('unauthorized', message, '', cause))
}

/** An entry is an origin with scheme or `null`, as browsers send it, or a host name for every scheme and port. */
function fits(origin: string, entry: string): boolean {
  const [given, listed] = [origin.toLowerCase(), entry.toLowerCase()]
  if (given === listed || given === listed.replace(/([^/])\/$/, '$1')) return true
  return !listed.includes('://') && hostName(origin) === listed
}

function hostName(origin: string): string {
  return URL.canParse(origin) ? new URL(origin).hostname : ''
}

function printable(text: string): string {
  return JSON.stringify(text.slice(0, 200))
}
