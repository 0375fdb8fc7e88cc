/**
 * Which urls of an announcement may be dialed. Anybody who is connected can announce anything, so a url that a caller
 * gets is one that `connect` takes, of a scheme that the caller allows: a network, not a file or a name of this process,
 * which may belong to something else altogether.
 */
import { complaint } from './messages.ts'

/** Schemes, or a function that is asked about each url of one of any scheme; false, or a throw, leaves it out. */
export type Allow = readonly string[] | ((url: string) => boolean)

export const networkSchemes: readonly string[] = ['tcp', 'tls+tcp', 'ws', 'wss']

/** Why a url is left out; undefined when it may be dialed. */
export function objection(url: string, allow: Allow): string | undefined {
  const malformed = fault(url)
  if (malformed !== undefined) return malformed
  const scheme = schemeOf(url)
  if (typeof allow !== 'function') return allow.includes(scheme) ? undefined : `the scheme ${scheme} is not allowed`
  try {
    const answer: unknown = allow(url)
    if (answer instanceof Promise) answer.catch(() => {})
    return answer === true ? undefined : answer === false ? 'allow says no' : 'allow says neither true nor false'
  } catch (error) {
    return error instanceof Error ? `allow threw: ${error.message}` : 'allow threw'
  }
}

/** Throws `EINVAL` for what is neither a list of schemes nor a function. */
export function checkAllow(allow: unknown): asserts allow is Allow {
  if (typeof allow === 'function') return
  const isList = Array.isArray(allow) && allow.every((scheme) => typeof scheme === 'string' && isScheme(scheme))
  if (!isList) throw complaint('option allow', allow, 'an array of schemes such as tcp, or a function')
}

const isScheme = (text: string): boolean => /^[a-z][a-z0-9+.-]*$/.test(text)

function schemeOf(url: string): string {
  return url.slice(0, url.indexOf('://'))
}

/** What is wrong with the syntax. */
export function fault(url: string): string | undefined {
  const scheme = schemeOf(url)
  const address = url.slice(scheme.length + 3)
  if (!isScheme(scheme) || address === '') return 'it is not scheme://address'
  if (/\p{Cc}/u.test(url)) return 'it has control characters'
  if (scheme === 'tcp' || scheme === 'tls+tcp') return placeFault(address, true)
  if (scheme !== 'ws' && scheme !== 'wss') return undefined
  const end = address.search(/[/?#]/)
  if (end < 0) return placeFault(address, false)
  const path = address.slice(end)
  if (path.includes('#') || /[^\x21-\x7e]/.test(path)) return 'its path is no path of a WebSocket'
  return placeFault(address.slice(0, end), false)
}

/** `host:port`, as strict as `connect` is. What it takes beyond that, an own address before `;`, is nobody else's choice. */
function placeFault(place: string, needsPort: boolean): string | undefined {
  const [, host = '', port] = /^(\[[^\]]*\]|.*?)(?::(\d{1,5}))?$/s.exec(place) ?? []
  if (port === undefined ? needsPort : !(Number(port) >= 1 && Number(port) <= 65535)) {
    return 'it has no port from 1 to 65535'
  }
  const literal = /^\[(.*)\]$/.exec(host)?.[1] ?? (needsPort && host.includes(':') ? host : undefined)
  if (literal === undefined ? isName(host) : isIpv6(literal)) return undefined
  return `${JSON.stringify(host)} is no host`
}

const octet = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)'
const ipv4 = new RegExp(`^${octet}(?:\\.${octet}){3}$`)

/** A name of labels with letters, digits and inner hyphens, or an IPv4 address. */
function isName(host: string): boolean {
  if (/^[\d.]+$/.test(host)) return ipv4.test(host)
  const labels = host.replace(/\.$/, '').split('.')
  return host.length <= 255 && labels.every((label) => /^(?!-)[\w-]{1,63}(?<!-)$/.test(label))
}

function isIpv6(literal: string): boolean {
  const address = literal.replace(/%[\w.-]+$/, '')
  return address.includes(':') && /^[\da-f:.]+$/i.test(address) && URL.canParse(`http://[${address}]`)
}
