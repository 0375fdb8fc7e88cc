/**
 * Conversations as they went over a wire, kept as text in test/corpus: a line that says who spoke to whom and what came of
 * it, then the bytes in hexadecimal, `>` of the peer and `<` of ours, in the order in which they were said.
 *
 *   tcp: push dials pull, which hears "hello"
 *   > 0053500000500000
 *   < 0053500000510000
 *   > 000000000000000568656c6c6f
 */
import { readdirSync, readFileSync } from 'node:fs'
import {
  Bus,
  type EndpointOptions,
  Pair,
  Pub,
  Pull,
  Rep,
  Respondent,
  type Socket,
  type SocketOptions,
  Sub
} from 'hubless'
import * as raw from 'hubless/raw'
import 'hubless/zmtp'

export interface Said {
  readonly by: 'peer' | 'us'
  readonly bytes: Buffer
}

export interface Conversation {
  /** A transport, and after a slash the mechanism of a ZeroMQ handshake. */
  readonly wire: string
  /** Pattern of the peer, which dials our socket or accepts it. */
  readonly peer: string
  readonly role: 'dials' | 'accepts'
  /** Pattern of our socket. */
  readonly own: string
  /** What becomes of it: a message with this text, a pipe and no message, or neither. */
  readonly outcome: { readonly hears: string } | 'attaches' | 'refuses'
  readonly said: readonly Said[]
}

const folder = new URL('../corpus/', import.meta.url)
const head = /^(\S+): (\S+) (dials|accepts) (\S+), which (?:(attaches|refuses)|hears "(.*)")$/

/** All of them, by the name of their file. */
export function readCorpus(): { readonly name: string; readonly conversations: readonly Conversation[] }[] {
  const names = readdirSync(folder).filter((name) => name.endsWith('.txt'))
  return names.map((name) => ({
    name: name.slice(0, -4),
    conversations: parse(readFileSync(new URL(name, folder), 'utf8'))
  }))
}

function parse(text: string): Conversation[] {
  const sections = text.split(/\n\s*\n/).map((section) => section.split('\n').filter((line) => /^[^#]/.test(line)))
  return sections
    .filter(({ length }) => length > 0)
    .map(([first = '', ...lines]) => {
      const [, wire, peer, role, own, outcome, hears] = head.exec(first) ?? []
      if (wire === undefined) throw new Error(`not the head of a conversation: ${first}`)
      const said = lines.map((line): Said => {
        const bytes = Buffer.from(line.slice(2), 'hex')
        if (!/^[<>] /.test(line) || 2 * bytes.length !== line.length - 2) throw new Error(`not bytes: ${line}`)
        return { by: line[0] === '>' ? 'peer' : 'us', bytes }
      })
      return { wire, peer, role, own, outcome: outcome ?? { hears }, said } as Conversation
    })
}

export function titleOf({ wire, peer, role, own, outcome }: Conversation): string {
  const what = typeof outcome === 'string' ? outcome : `hears "${outcome.hears}"`
  return `${wire}: ${peer} ${role} ${own}, which ${what}`
}

/** As it stands in a file. */
export function textOf(conversation: Conversation): string {
  const lines = conversation.said.map(({ by, bytes }) => `${by === 'peer' ? '>' : '<'} ${bytes.toString('hex')}`)
  return [titleOf(conversation), ...lines, ''].join('\n')
}

/** Our socket in a conversation. Those that hear nothing unasked are raw. */
export function ownSocket(pattern: string, options?: SocketOptions): Socket {
  const socket = ownSockets[pattern]?.(options)
  if (socket === undefined) throw new Error(`no pattern: ${pattern}`)
  if (socket instanceof Sub) socket.subscribe('')
  return socket
}

const ownSockets: Record<string, (options?: SocketOptions) => Socket> = {
  pull: (options) => new Pull(options),
  rep: (options) => new Rep(options),
  pair: (options) => new Pair(options),
  bus: (options) => new Bus(options),
  respondent: (options) => new Respondent(options),
  sub: (options) => new Sub(options),
  pub: (options) => new Pub(options),
  req: (options) => new raw.Req(options),
  surveyor: (options) => new raw.Surveyor(options)
}

/** Takes a message, as text; undefined when there is none. */
export async function hear(socket: Socket, options: { readonly timeout: number }): Promise<string | undefined> {
  const { recv } = socket as Socket & { recv(options: object): Promise<Uint8Array | { readonly body: Uint8Array }> }
  const heard = await recv.call(socket, options).catch(() => undefined)
  return heard && Buffer.from('body' in heard ? heard.body : heard).toString('latin1')
}

/** Keys and a password that everybody knows. */
const server = {
  publicKey: 'rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7',
  secretKey: 'JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6'
}
const client = {
  publicKey: 'Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID',
  secretKey: 'D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs'
}
const user = { username: 'ann', password: 'secret' }
export const credentials: {
  readonly server: typeof server
  readonly client: typeof client
  readonly user: typeof user
} = {
  server,
  client,
  user
}

/** What a socket of ours needs to bind or connect over a wire. */
export function wireOptions(wire: string, binds: boolean): EndpointOptions {
  const [, mechanism] = wire.split('/')
  if (mechanism === 'plain') {
    return binds ? { zmtp: { mechanism }, authorize: () => true } : { zmtp: user }
  }
  if (mechanism !== 'curve') return {}
  const curve = binds ? server : { ...client, serverKey: server.publicKey }
  return binds ? { zmtp: { curve }, authorize: () => true } : { zmtp: { curve } }
}

export const schemeOf = (wire: string): string => wire.split('/')[0] as string
