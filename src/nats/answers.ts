/**
 * Answers and failures as messages. An answer is its body. A failure has the headers that NATS micro knows, so that its
 * clients understand it, and ours beside them:
 *
 *   Nats-Service-Error-Code: 500        Nats-Service-Error: <message>
 *   Hubless-Error: EREMOTE              and the body JSON { name, code, message }
 *   Hubless-Taken: <id>                 no answer yet: this member is at it
 */

import type { Failure, RemoteDetails } from 'hubless/cluster'
import { type Msg, type MsgHdrs, natsPackage } from './package.ts'

export const header = {
  error: 'Hubless-Error',
  taken: 'Hubless-Taken',
  from: 'Hubless-From',
  except: 'Hubless-Except',
  serviceError: 'Nats-Service-Error',
  serviceCode: 'Nats-Service-Error-Code'
} as const

const codes: Readonly<Record<Failure['code'], { readonly number: number; readonly text: string }>> = {
  EREMOTE: { number: 500, text: 'the handler failed' },
  ENOTSUP: { number: 501, text: 'the service does not have this verb' },
  EBUSY: { number: 503, text: 'the member is full' },
  EHOSTUNREACH: { number: 404, text: 'the service is not here any more' },
  ETIMEDOUT: { number: 408, text: 'the request came too late and was not handled' },
  EMSGSIZE: { number: 413, text: 'the request or its answer is too large' }
}

const maxText = 1024

export function failureMessage({ code, remote }: Failure): { readonly headers: MsgHdrs; readonly body: Buffer } {
  const { number, text } = codes[code]
  const fields = natsPackage().headers()
  fields.set(header.serviceCode, String(number))
  fields.set(header.serviceError, oneLine(remote?.message || text))
  fields.set(header.error, code)
  return { headers: fields, body: Buffer.from(remote === undefined ? '' : JSON.stringify(remote)) }
}

/** What failed at the other end; `undefined` for an answer. */
export function readFailure({ headers: fields, data }: Msg): Failure | undefined {
  if (fields === undefined || !fields.has(header.serviceCode)) return undefined
  const code = fields.get(header.error)
  if (isCode(code)) return code === 'EREMOTE' ? { code, remote: readRemote(data) } : { code }
  // A service that is not ours.
  const message = fields.get(header.serviceError).slice(0, maxText)
  const number = fields.get(header.serviceCode).slice(0, 16)
  return { code: 'EREMOTE', remote: { name: 'Error', code: number, message } }
}

export function takenMessage(id: string): MsgHdrs {
  return fieldsOf(header.taken, id)
}

export function fieldsOf(name: string, value: string): MsgHdrs {
  const fields = natsPackage().headers()
  fields.set(name, value)
  return fields
}

/** Enough of an id to tell members apart; all of it would make headers long. */
const idPart = 12

export function exceptFields(except: ReadonlySet<string>): MsgHdrs | undefined {
  if (except.size === 0) return undefined
  return fieldsOf(header.except, Array.from(except, (id) => id.slice(0, idPart)).join(' '))
}

export function isExcepted({ headers: fields }: Msg, id: string): boolean {
  return fields?.get(header.except).includes(id.slice(0, idPart)) ?? false
}

const isCode = (code: string): code is Failure['code'] => Object.hasOwn(codes, code)

/** No line break may end a header early. */
function oneLine(text: string): string {
  return text.replace(/[^\x20-\x7e]+/g, ' ').slice(0, maxText)
}

function readRemote(data: Uint8Array): RemoteDetails {
  const text = (value: unknown): string => (typeof value === 'string' ? value.slice(0, maxText) : '')
  try {
    const value: unknown = JSON.parse(Buffer.from(data).toString())
    const { name, code, message } = (Object(value) === value ? value : {}) as Record<string, unknown>
    return { name: text(name) || 'Error', code: text(code), message: text(message) }
  } catch {
    return { name: 'Error', code: '', message: '' }
  }
}
