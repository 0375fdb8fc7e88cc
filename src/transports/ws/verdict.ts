/** HTTP statuses of a refused upgrade, as hubless answers them and as it understands the answers of others. */
import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { RejectReason } from '../../core/reasons.ts'
import { Refusal } from '../../core/transport.ts'
import { windDown } from '../stream/hang-up.ts'

/** A refusal of an upgrade. */
export interface Verdict {
  readonly status: number
  readonly reason: RejectReason
  /** What our own `reject` event says, in one line. */
  readonly message: string
  readonly cause?: unknown
  /** What the peer gets to read: words of ours, and never what a function of the application said. */
  readonly told: string
  readonly headers?: Readonly<Record<string, string>>
}

/** A verdict that may be told as it is. */
export function verdict(
  status: number,
  reason: RejectReason,
  message: string,
  headers: Verdict['headers'] = {}
): Verdict {
  return { status, reason, message, told: message, headers }
}

/** What the socket said no to, for reasons of its own. */
export function refused({ reason, message, cause }: Refusal): Verdict {
  const status = reason === 'unauthorized' ? 403 : reason === 'busy' ? 409 : 503
  return { status, reason, message, cause, told: tellings[status] }
}

const tellings = {
  403: 'this listener does not let you in',
  409: 'this listener takes one peer at a time and has one',
  503: 'this listener cannot take you now'
} as const

/** The event for a verdict. */
export function refusalOf({ reason, message, cause }: Verdict, address: string): Refusal {
  return new Refusal(reason, message, address, cause)
}

/** Answers a request that stays HTTP, and ends its connection. */
export function answer(stream: Socket, { status, told, headers }: Verdict): void {
  const text = `${told.replace(/[\r\n]+/g, ' ')}\n`
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Connection: close',
    'Content-Type: text/plain; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(text)}`,
    ...Object.entries(headers ?? {}).map(([name, value]) => `${name}: ${value}`)
  ]
  stream.on('error', () => {})
  stream.write(`${lines.join('\r\n')}\r\n\r\n${text}`)
  windDown(stream)
}

/** The reason behind the status of somebody else's answer. */
export function reasonOf(status: number): RejectReason {
  if (status === 401 || status === 403) return 'unauthorized'
  if (status === 404) return 'not-found'
  if (status === 409) return 'busy'
  // nng, mangos, nanomsg and hubless answer so when the subprotocol does not fit.
  if (status === 400) return 'protocol-mismatch'
  return status >= 500 ? 'unavailable' : 'websocket'
}
