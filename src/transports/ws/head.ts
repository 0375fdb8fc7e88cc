/**
 * Heads of HTTP/1.1 messages: one is read from a stream, up to the blank line and no further, and taken apart strictly.
 * Everything is bounded, and what cannot become a head is refused at its first wrong byte.
 */
import type { Socket } from 'node:net'

/** Bytes of a head, where the option says nothing. */
export const longestHead = 16_384
const mostHeaders = 100

export interface Head {
  readonly text: string
  /** What came behind it. */
  readonly rest: Uint8Array
}

/** Why there is no head. */
export type HeadFault = 'too long' | 'no HTTP'

/**
 * Calls `done` once, unless the stream ends before; it is paused then. A head has `longest` bytes at most; `isStart` says
 * whether it may begin with these characters, at most nine. Returns what stops it.
 */
export function readHead(
  stream: Socket,
  longest: number,
  isStart: (text: string) => boolean,
  done: (head: Head | HeadFault) => void
): () => void {
  let bytes = Buffer.allocUnsafe(1024)
  let length = 0
  const stop = (): void => void stream.off('data', onData).pause()
  const finish = (head: Head | HeadFault): void => {
    stop()
    done(head)
  }
  const onData = (chunk: Buffer): void => {
    if (length + chunk.length > bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(2 * bytes.length, length + chunk.length))
      bytes.copy(larger, 0, 0, length)
      bytes = larger
    }
    const from = length
    length += chunk.copy(bytes, length)
    const end = bytes.subarray(0, length).indexOf('\r\n\r\n', Math.max(0, from - 3), 'latin1')
    const headEnd = end < 0 ? length : end
    if (!isStart(bytes.toString('latin1', 0, Math.min(9, length))) || hasControls(bytes, from, headEnd))
      finish('no HTTP')
    else if (headEnd > longest) finish('too long')
    else if (end >= 0) finish({ text: bytes.toString('latin1', 0, end), rest: bytes.subarray(end + 4, length) })
  }
  stream.on('data', onData)
  return stop
}

function hasControls(bytes: Buffer, from: number, to: number): boolean {
  for (let i = from; i < to; i++) {
    const byte = bytes[i] as number
    if ((byte < 0x20 && byte !== 0x0d && byte !== 0x0a && byte !== 0x09) || byte === 0x7f) return true
  }
  return false
}

/** By lower-case name. */
export type Headers = Readonly<Record<string, string | string[] | undefined>>

export interface UpgradeRequest {
  readonly method?: string | undefined
  /** Path and query. */
  readonly url?: string | undefined
  readonly httpVersion: string
  readonly headers: Headers
}

/** Takes a request apart; undefined when it is none, `too long` when it has too many headers. */
export function parseRequest(text: string): UpgradeRequest | HeadFault {
  const [line = '', ...lines] = text.split('\r\n')
  // nng leaves the path out where its URL has none.
  const [, method, url, httpVersion = ''] = /^([A-Z]{1,20}) ([^ ]*) HTTP\/(1\.[01])$/.exec(line) ?? []
  if (method === undefined) return 'no HTTP'
  if (lines.length > mostHeaders) return 'too long'
  const headers = parseHeaders(lines)
  return headers === undefined ? 'no HTTP' : { method, url: url || '/', httpVersion, headers }
}

export interface UpgradeAnswer {
  readonly status: number
  /** Status and reason, as they came. */
  readonly line: string
  readonly headers: Headers
}

/** Takes an answer apart; undefined when it is none. */
export function parseAnswer(text: string): UpgradeAnswer | undefined {
  const [line = '', ...lines] = text.split('\r\n')
  const [, status, reason = ''] = /^HTTP\/1\.1 (\d{3})(?: (.*))?$/.exec(line) ?? []
  const headers = lines.length > mostHeaders ? undefined : parseHeaders(lines)
  if (status === undefined || headers === undefined) return undefined
  return { status: Number(status), line: `${status} ${reason}`.trimEnd(), headers }
}

/** Headers of which a second one would contradict the first. */
const single = /^(host|upgrade|content-length|sec-websocket-(key|version|accept))$/

function parseHeaders(lines: readonly string[]): Headers | undefined {
  const headers: Record<string, string | string[] | undefined> = {}
  for (const line of lines) {
    const colon = line.indexOf(':')
    const name = line.slice(0, colon).toLowerCase()
    if (colon < 1 || !/^[\w!#$%&'*+.^`|~-]+$/.test(name) || /[\r\n]/.test(line)) return undefined
    const value = line.slice(colon + 1).trim()
    const before = Object.hasOwn(headers, name) ? headers[name] : undefined
    if (before === undefined) headers[name] = name === 'set-cookie' ? [value] : value
    else if (Array.isArray(before)) before.push(value)
    else if (single.test(name)) return undefined
    else headers[name] = `${before}, ${value}`
  }
  return headers
}

/** What is kept of headers as long as a connection lasts: a bounded copy. */
export function keepHeaders(headers: Headers): Headers {
  return Object.freeze(Object.fromEntries(Object.entries(headers).slice(0, mostHeaders)))
}

/** Whether a header is a list that contains a word, in any case. */
export function lists(header: string | string[] | undefined, word: string): boolean {
  return String(header ?? '')
    .split(',')
    .some((entry) => entry.trim().toLowerCase() === word)
}
