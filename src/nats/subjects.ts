/**
 * Names, topics and ids as subjects of NATS. `base` is `hubless.<network>`:
 *
 *   base.request.<name>                 requests            queue group `q`, so that one member gets each
 *   base.tunnel.<name>                  openings of tunnels queue group `q`
 *   base.all.<name>.<from>              broadcasts, and surveys (with a reply subject)
 *   base.topic.<from>.<part>.<part>     publications; `/` in a topic becomes `.`
 *   base.instance.<id>                  pings of one instance, and calls that were given up
 *   base.presence, base.who             who is there, told at every change and when asked
 *   <inbox>.hubless.<id>.…              answers and frames for one instance
 *
 * Dots of a name become `~`, which no name contains, so that every name is one token. Parts of a topic may be empty or
 * contain dots: `~e` is empty, `~d` a dot, `~t` a tilde.
 */

export const queueGroup = 'q'

/** A name or network as one token. */
export const nameToken = (name: string): string => name.replaceAll('.', '~')

const partToken = (part: string): string => (part === '' ? '~e' : part.replaceAll('~', '~t').replaceAll('.', '~d'))
const partOf = (token: string): string => (token === '~e' ? '' : token.replaceAll('~d', '.').replaceAll('~t', '~'))

const topicTokens = (topic: string): string => topic.split('/').map(partToken).join('.')

/** What NATS is to deliver for a prefix: everything below its last `/`. The rest of the prefix is looked at on arrival. */
export function prefixTokens(prefix: string): string {
  const end = prefix.lastIndexOf('/')
  return end < 0 ? '>' : `${topicTokens(prefix.slice(0, end))}.>`
}

export interface ReplyTo {
  readonly from: string
  /** ms left to the caller; Infinity = no limit. */
  readonly ms: number
}

const replyPattern = /\.hubless\.([0-9a-f]{32})\.\d{1,15}\.(\d{1,10}|-)$/

/** What the reply subject of a caller says; `undefined` for callers that are not of ours. */
export function readReply(subject: string): ReplyTo | undefined {
  const [, from, ms] = replyPattern.exec(subject) ?? []
  return from === undefined ? undefined : { from, ms: ms === '-' ? Infinity : Number(ms) }
}

export class Subjects {
  readonly #base: string
  readonly #inboxes: string
  /** Before what follows in subjects of the own inbox. */
  readonly inbox: string

  constructor(prefix: string, network: string, id: string, inboxPrefix: string) {
    this.#base = `${prefix}.${nameToken(network)}`
    this.#inboxes = `${inboxPrefix}.hubless`
    this.inbox = `${this.#inboxes}.${id}.`
  }

  get presence(): string {
    return `${this.#base}.presence`
  }

  get who(): string {
    return `${this.#base}.who`
  }

  request(name: string): string {
    return `${this.#base}.request.${nameToken(name)}`
  }

  tunnel(name: string): string {
    return `${this.#base}.tunnel.${nameToken(name)}`
  }

  all(name: string, from: string): string {
    return `${this.#base}.all.${nameToken(name)}.${from}`
  }

  instance(id: string): string {
    return `${this.#base}.instance.${id}`
  }

  topic(topic: string, from: string): string {
    return `${this.#base}.topic.${from}.${topicTokens(topic)}`
  }

  /** For the result of `prefixTokens`. */
  topics(tokens: string): string {
    return `${this.#base}.topic.*.${tokens}`
  }

  /** Publisher and topic of a subject that `topics` matched. */
  readTopic(subject: string): { readonly from: string; readonly topic: string } {
    const [from = '', ...parts] = subject.slice(this.#base.length + '.topic.'.length).split('.')
    return { from, topic: parts.map(partOf).join('/') }
  }

  /** Where the answer to call `number` goes; it says who calls and how long the caller waits. */
  reply(number: number, ms: number): string {
    return `${this.inbox}${number}.${ms === Infinity ? '-' : Math.max(0, Math.ceil(ms))}`
  }
}

export const lastToken = (subject: string): string => subject.slice(subject.lastIndexOf('.') + 1)
