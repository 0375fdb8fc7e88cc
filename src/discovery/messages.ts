/**
 * What travels between a directory and the services: JSON with a versioned `type`, so that later versions and other
 * uses of a survey are told apart. Whatever does not look like this is dropped and counted, as an undecodable body.
 *
 *   {"type":"hubless.discovery.v1.question","verb":"INFO","name":"time"}
 *   {"type":"hubless.discovery.v1.info","id":"…","name":"time","version":"1.2.0","urls":["tcp://…"],"metadata":{}}
 */
import { type Codec, SpError } from 'hubless'

/** Which service instance. The answer to PING. */
export interface ServiceIdentity {
  /** Unique for each instance. */
  readonly id: string
  /** The same for all instances of a service. */
  readonly name: string
  /** As the service gave it. */
  readonly version: string
}

/** Where to find it and what it says of itself. The answer to INFO. */
export interface Service extends ServiceIdentity {
  /** Where to connect. */
  readonly urls: readonly string[]
  /** What the service says of itself. */
  readonly metadata: Readonly<Record<string, string>>
  /** When it was announced, as an ISO 8601 date. */
  readonly started: string
}

/** How it is doing. The answer to STATS. */
export interface ServiceStats extends ServiceIdentity {
  /** When it was announced, as an ISO 8601 date. */
  readonly started: string
  /** What the service gave as its `stats`; null without any. Nobody has checked it. */
  readonly stats: unknown
}

/** What a directory can ask, and what a service answers. */
export interface AnswerTo {
  /** Who is there. */
  PING: ServiceIdentity
  /** Where it is. */
  INFO: Service
  /** How it is doing. */
  STATS: ServiceStats
}

/** Kinds of questions. */
export type Verb = keyof AnswerTo

/** What a directory asks. */
export interface Question {
  /** Which kind it is. */
  readonly verb: Verb
  /** Only services of this name answer. */
  readonly name?: string | undefined
  /** Only the instance with this id answers. */
  readonly id?: string | undefined
}

/** What a service answers, with the kind of the question. */
export type Answer = { readonly [V in Verb]: { readonly verb: V } & AnswerTo[V] }[Verb]

const prefix = 'hubless.discovery.v1.'

/** What an answer or a question may be as long as, characters or pieces. Beyond it is dropped as malformed. */
const most = {
  id: 128,
  name: 255,
  version: 64,
  started: 64,
  verb: 16,
  type: 64,
  urls: 16,
  url: 1024,
  entries: 64,
  entry: 1024
}

/** Bytes of any message but a STATS answer, which holds what the service counts and is bounded by `recvMaxSize`. */
const longestMessage = 16 * 1024

type Fields = Readonly<Record<string, unknown>>

/** Decoders of the answers: take what belongs there and nothing else. */
const readers: { readonly [V in Verb]: (fields: Fields) => { verb: V } & AnswerTo[V] } = {
  PING: (fields) => ({ verb: 'PING', ...readIdentity(fields) }),
  INFO: (fields) => ({ verb: 'INFO', ...readService(fields) }),
  STATS: (fields) => ({
    verb: 'STATS',
    ...readIdentity(fields),
    started: text(fields, 'started'),
    stats: fields.stats ?? null
  })
}

export const isVerb = (verb: unknown): verb is Verb => typeof verb === 'string' && Object.hasOwn(readers, verb)

/** For the socket that answers. */
export const serviceCodec: Codec<Answer, Question> = {
  encode: ({ verb, ...fields }) => JSON.stringify({ type: prefix + verb.toLowerCase(), ...fields }),
  decode: (body) => {
    checkLength(body)
    const fields = parse(body)
    const { verb } = fields
    if (fields.type !== `${prefix}question`) throw complaint('type', fields.type, `"${prefix}question"`)
    if (!isVerb(verb)) throw complaint('verb', verb, Object.keys(readers).join(', '))
    return { verb, name: optionalText(fields, 'name'), id: optionalText(fields, 'id') }
  }
}

/** For the socket that asks. */
export const directoryCodec: Codec<Question, Answer> = {
  encode: (question) => JSON.stringify({ type: `${prefix}question`, ...question }),
  decode: (body) => {
    const fields = parse(body)
    const verb = text(fields, 'type').slice(prefix.length).toUpperCase()
    if (!isVerb(verb) || fields.type !== prefix + verb.toLowerCase())
      throw complaint('type', fields.type, 'that of an answer')
    if (verb !== 'STATS') checkLength(body)
    return readers[verb](fields)
  }
}

/** Also checks what an application announces. Throws `EINVAL`. Whether its urls can be dialed is another question. */
export function readService(fields: Fields): Service {
  const { urls, metadata } = fields
  if (!Array.isArray(urls) || !urls.every((url) => isText(url) && url.length <= most.url)) {
    throw complaint('urls', urls, `an array of strings of at most ${most.url} characters`)
  }
  if (urls.length > most.urls) throw complaint('the number of urls', urls.length, `at most ${most.urls}`)
  if (typeof metadata !== 'object' || metadata === null || !Object.entries(metadata).flat().every(isEntry)) {
    throw complaint('metadata', metadata, `an object of strings of at most ${most.entry} characters`)
  }
  const entries = Object.keys(metadata).length
  if (entries > most.entries) throw complaint('the number of metadata', entries, `at most ${most.entries}`)
  return { ...readIdentity(fields), urls: [...urls], metadata: { ...metadata }, started: text(fields, 'started') }
}

function isEntry(value: unknown): boolean {
  return isText(value) && value.length <= most.entry
}

function checkLength({ length }: Uint8Array): void {
  if (length > longestMessage) throw complaint('the length of a message', length, `at most ${longestMessage} bytes`)
}

function readIdentity(fields: Fields): ServiceIdentity {
  return { id: text(fields, 'id'), name: text(fields, 'name'), version: text(fields, 'version') }
}

const decoder = new TextDecoder('utf-8', { fatal: true })

function parse(body: Uint8Array): Fields {
  const value: unknown = JSON.parse(decoder.decode(body))
  if (typeof value !== 'object' || value === null) throw complaint('message', value, 'an object')
  return value as Fields
}

const isText = (value: unknown): value is string => typeof value === 'string'

function text(fields: Fields, name: keyof typeof most): string {
  return checkText(name, fields[name], most[name])
}

/** Throws `EINVAL` for what is no string, empty or too long. */
function checkText(what: string, value: unknown, longest: number): string {
  if (isText(value) && value !== '' && value.length <= longest) return value
  throw complaint(what, value, `a string of 1 to ${longest} characters`)
}

export function optionalText(fields: Fields, name: 'name' | 'id'): string | undefined {
  return fields[name] === undefined ? undefined : text(fields, name)
}

export function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** What stands in a message of an error and may have come from anywhere. */
const longestShown = 100

export function complaint(what: string, value: unknown, allowed: string): SpError {
  const simple = typeof value === 'string' ? JSON.stringify : String
  const shown = Object(value) === value ? `another ${typeof value}` : simple(value)
  const short = shown.length > longestShown ? `${shown.slice(0, longestShown)}…` : shown
  return new SpError('EINVAL', { message: `${what} is ${short}; allowed is ${allowed}` })
}
