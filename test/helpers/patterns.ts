/** Every pattern as a pair of sockets and a way to move one message between them, for suites that run over all of them. */
import {
  type Body,
  type BodyInput,
  Bus,
  Pair,
  Pub,
  Pull,
  Push,
  Rep,
  Req,
  Respondent,
  type Socket,
  type SocketOptions,
  Sub,
  Surveyor
} from 'hubless'

interface PatternSockets {
  readonly a: Socket
  readonly b: Socket
  /** Sends `body` from one to the other (where there are replies: there and back) and resolves with what arrived. */
  transfer(body: BodyInput): Promise<Body>
}

export interface PatternCase {
  readonly name: string
  /** Bytes of the SP header that count towards `recvMaxSize`. */
  readonly header: 0 | 4
  open(options?: SocketOptions): PatternSockets
}

/** Generous, since a test that waits for it has failed. */
const patience = { timeout: 5000 }

export const patternCases: readonly PatternCase[] = [
  {
    name: 'pair',
    header: 0,
    open: (options) => {
      const [a, b] = [new Pair(options), new Pair(options)]
      return { a, b, transfer: (body) => move(a, b, body) }
    }
  },
  {
    name: 'push/pull',
    header: 0,
    open: (options) => {
      const [a, b] = [new Push(options), new Pull(options)]
      return { a, b, transfer: (body) => move(a, b, body) }
    }
  },
  {
    name: 'pub/sub',
    header: 0,
    open: (options) => {
      const [a, b] = [new Pub(options), new Sub(options)]
      b.subscribe('')
      return { a, b, transfer: (body) => move(a, b, body) }
    }
  },
  {
    name: 'bus',
    header: 0,
    open: (options) => {
      const [a, b] = [new Bus(options), new Bus(options)]
      return { a, b, transfer: (body) => move(a, b, body) }
    }
  },
  {
    name: 'req/rep',
    header: 4,
    open: (options) => {
      const [a, b] = [new Req(options), new Rep(options)]
      return { a, b, transfer: (body) => echo(a, b, body) }
    }
  },
  {
    name: 'surveyor/respondent',
    header: 4,
    open: (options) => {
      const [a, b] = [new Surveyor({ ...options, deadline: 5000 }), new Respondent(options)]
      return { a, b, transfer: (body) => echo(a, b, body) }
    }
  }
]

interface Sends {
  send(body: BodyInput): Promise<void>
}

interface Receives {
  recv(options?: { timeout: number }): Promise<Body>
}

async function move(a: Sends, b: Receives, body: BodyInput): Promise<Body> {
  await a.send(body)
  return b.recv(patience)
}

async function echo(a: Sends & Receives, b: Sends & Receives, body: BodyInput): Promise<Body> {
  await a.send(body)
  await b.send(await b.recv(patience))
  return a.recv(patience)
}
