/** `--format json`: one object a line, with stable keys, for jq and its kind. */
import type { Message } from '../index.ts'
import { Failure } from './failure.ts'
import type { Settings } from './settings.ts'
import { visibleJson } from './terminal.ts'

type Decode = (body: Buffer) => unknown

/** Makes the line of a message. Loads the decoder that was asked for. */
export async function jsonLines(
  settings: Pick<Settings, 'pattern' | 'subscriptions' | 'decode'>,
  program: string
): Promise<(message: Message) => string> {
  const decode = settings.decode === undefined ? undefined : await loadMsgpack(program)
  return ({ body, pipe }) => {
    const topic = settings.pattern === 'sub' ? { topic: guessTopic(body, settings.subscriptions) } : {}
    const head = { time: new Date().toISOString(), ...topic, peer: pipe.address, size: body.length }
    return `${visibleJson(JSON.stringify({ ...head, ...describeBody(body, decode) }, replace))}\n`
  }
}

/** The longest subscription it begins with, else its text up to the first space or separator. */
export function guessTopic(body: Buffer, subscriptions: readonly string[]): string {
  const fitting = subscriptions.filter((prefix) => prefix !== '' && body.indexOf(prefix) === 0)
  const [longest] = fitting.sort((a, b) => b.length - a.length)
  return longest ?? /^[\x21-\x7e]*?(?=[\s,;|=\0]|$)/.exec(body.toString('latin1', 0, 256))?.[0] ?? ''
}

function describeBody(body: Buffer, decode: Decode | undefined): object {
  if (decode !== undefined) {
    try {
      return { encoding: 'msgpack', body: decode(body) }
    } catch (error) {
      return { encoding: 'base64', body: body.toString('base64'), error: String(error) }
    }
  }
  const text = decodeText(body)
  return text === undefined ? { encoding: 'base64', body: body.toString('base64') } : { encoding: 'text', body: text }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** UTF-8 without control characters other than white space. */
function decodeText(body: Buffer): string | undefined {
  try {
    const text = utf8.decode(body)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
    return /[\0-\x08\x0e-\x1f\x7f]/.test(text) ? undefined : text
  } catch {
    return undefined
  }
}

/** JSON has neither big integers nor bytes. */
function replace(this: unknown, key: string, value: unknown): unknown {
  const original = (this as Record<string, unknown>)[key]
  if (typeof value === 'bigint') return value.toString()
  if (original instanceof Uint8Array) return Buffer.from(original).toString('base64')
  if (original instanceof Map) return Object.fromEntries(original)
  return value
}

async function loadMsgpack(program: string): Promise<Decode> {
  try {
    const { Unpackr } = await import('msgpackr')
    const unpackr = new Unpackr({ useRecords: false })
    return (body) => unpackr.unpack(body)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error
    throw new Failure(1, `${program}: --decode msgpack needs the package msgpackr; install it: npm install msgpackr`)
  }
}
