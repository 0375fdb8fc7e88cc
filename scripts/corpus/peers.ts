/** Those whose conversations are recorded: the tools of nanomsg and nng, libzmq, and hubless itself. */
import { Bus, Pair, Pub, Push, Rep, Req, Respondent, type Socket, Sub, Surveyor } from 'hubless'
import type * as ZeroMQ from 'zeromq'
import { credentials, wireOptions } from '../../test/helpers/corpus.ts'
import { PeerProcess } from '../../test/interop/peers/process.ts'
import { findTool } from '../../test/interop/peers/tools.ts'

export interface Talk {
  readonly wire: string
  readonly pattern: string
  readonly dials: boolean
  readonly url: string
}

export interface Recorded {
  readonly name: string
  /** `sp`, `zmtp`. */
  readonly family: readonly ('sp' | 'zmtp')[]
  /** Says `hello` until it is disposed of, or answers everything with it. */
  talk(talk: Talk): Promise<AsyncDisposable>
}

/** ms after a pipe came, or after the message before. */
const soon = 50

function tool(name: string, program: string, args: (talk: Talk) => string[]): Recorded | undefined {
  const path = findTool(program)
  if (path === undefined) return undefined
  return { name, family: ['sp'], talk: async (talk) => PeerProcess.start(path, [...args(talk), '--data', 'hello']) }
}

const nanomsg = tool('nanomsg', 'nanocat', ({ pattern, dials, url }) => [
  `--${pattern}`,
  dials ? '--connect' : '--bind',
  url,
  ...(/^re/.test(pattern) ? [] : ['--interval', '0.1'])
])

const nng = tool('nng', 'nngcat', ({ pattern, dials, url }) => [
  // Of 1.5 takes `--pair` for pair1.
  pattern === 'pair' ? '--pair0' : `--${pattern}`,
  dials ? '--connect' : '--bind',
  url,
  ...(/^re/.test(pattern) ? [] : ['--interval', '1'])
])

const sockets: Record<string, () => Socket> = {
  push: () => new Push(),
  req: () => new Req(),
  rep: () => new Rep(),
  pub: () => new Pub(),
  sub: () => new Sub(),
  pair: () => new Pair(),
  bus: () => new Bus(),
  surveyor: () => new Surveyor(),
  respondent: () => new Respondent()
}

const hubless: Recorded = {
  name: 'hubless',
  family: ['sp', 'zmtp'],
  talk: async ({ wire, pattern, dials, url }) => {
    const socket = sockets[pattern]?.()
    if (socket === undefined) throw new Error(`no pattern: ${pattern}`)
    if (socket instanceof Rep || socket instanceof Respondent) void socket.serve(() => 'hello')
    else if (socket instanceof Sub) socket.subscribe('')
    else {
      const { trySend } = socket as Push
      socket.on('attach', () => setTimeout(() => trySend.call(socket, 'hello'), soon))
    }
    if (dials) socket.connect(url, wireOptions(wire, false))
    else await socket.bind(url, wireOptions(wire, true))
    return { [Symbol.asyncDispose]: () => socket.close({ linger: 0 }) }
  }
}

function libzmq(zmq: typeof ZeroMQ): Recorded {
  const { server, client, user } = credentials
  const mechanisms: Record<string, readonly [dialing: object, accepting: object]> = {
    plain: [
      { plainUsername: user.username, plainPassword: user.password },
      { plainServer: true, zapDomain: 'x' }
    ],
    curve: [
      { curvePublicKey: client.publicKey, curveSecretKey: client.secretKey, curveServerKey: server.publicKey },
      { curveServer: true, curveSecretKey: server.secretKey }
    ]
  }
  let asked: Promise<void> | undefined
  return {
    name: 'libzmq',
    family: ['zmtp'],
    talk: async ({ wire, pattern, dials, url }) => {
      asked ??= allowAll(zmq)
      await asked
      const [, mechanism = ''] = wire.split('/')
      const options = { linger: 0, ...mechanisms[mechanism]?.[dials ? 0 : 1] }
      const Class = {
        push: zmq.Push,
        req: zmq.Request,
        rep: zmq.Reply,
        pub: zmq.Publisher,
        sub: zmq.Subscriber,
        pair: zmq.Pair
      }[pattern]
      if (Class === undefined) throw new Error(`no pattern: ${pattern}`)
      const socket = new Class(options)
      let timer: NodeJS.Timeout | undefined
      if (socket instanceof zmq.Subscriber) socket.subscribe()
      const plain = url.replace('zmtp+', '')
      if (dials) socket.connect(plain)
      else await socket.bind(plain)
      if (socket instanceof zmq.Reply)
        void socket.receive().then(
          () => socket.send('hello'),
          () => {}
        )
      else if (socket instanceof zmq.Publisher) timer = setInterval(() => void socket.send('hello'), soon)
      else if (!(socket instanceof zmq.Subscriber)) void socket.send('hello').catch(() => {})
      return {
        [Symbol.asyncDispose]: async () => {
          clearInterval(timer)
          socket.close()
        }
      }
    }
  }
}

/** Whoever has a name may come in. */
async function allowAll(zmq: typeof ZeroMQ): Promise<void> {
  const handler = new zmq.Reply()
  await handler.bind('inproc://zeromq.zap.01')
  void (async () => {
    for await (const [version, request] of handler) {
      await handler.send([version as Buffer, request as Buffer, '200', '', 'somebody', ''])
    }
  })()
}

/** Those that are here. */
export async function recordedPeers(): Promise<Recorded[]> {
  const zmq = await import('zeromq').catch(() => undefined)
  return [hubless, nanomsg, nng, zmq && libzmq(zmq)].filter((peer) => peer !== undefined)
}
