/**
 * What real peers said, said again: unchanged it is understood in whatever pieces, and nothing that is left out, changed,
 * swapped or repeated harms the socket it is said to, which serves the next peer each time. See test/corpus/README.md.
 */
import fc from 'fast-check'
import { type Pull, Push, type Socket } from 'hubless'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type BytePeer, connectBytes, listenBytes } from '../helpers/bytes.ts'
import {
  type Conversation,
  hear,
  ownSocket,
  readCorpus,
  schemeOf,
  textOf,
  titleOf,
  wireOptions
} from '../helpers/corpus.ts'
import { acceptOf, plainUrl } from '../helpers/peers.ts'
import { connections } from '../helpers/program.ts'
import { eventually, nextEvent, tempPath, track } from '../helpers/sockets.ts'
import { cuts, damage, pieces } from './damage.ts'

const errors: unknown[] = []
const note = (error: unknown): void => void errors.push(error)
const events = ['uncaughtException', 'unhandledRejection', 'warning']

beforeEach(() => {
  errors.length = 0
  for (const event of events) process.on(event, note)
})

afterEach(() => {
  for (const event of events) process.off(event, note)
})

const timing = { reconnectInterval: 1, reconnectIntervalMax: 1, handshakeTimeout: 1000 }
const patience = { timeout: 5000 }
const saidBy = ({ said }: Conversation): Buffer =>
  Buffer.concat(said.filter(({ by }) => by === 'peer').map(({ bytes }) => bytes))

/** Our socket of a conversation, and how a peer gets hold of it. */
interface Stage {
  readonly socket: Socket
  readonly url: string
  meet(): Promise<BytePeer>
  close(): Promise<void>
}

async function stage({ wire, own, role }: Conversation): Promise<Stage> {
  const socket = track(ownSocket(own, timing))
  const scheme = schemeOf(wire)
  if (role === 'dials') {
    const url = scheme === 'ipc' ? `ipc://${tempPath()}` : `${scheme}://127.0.0.1:0`
    const listener = await socket.bind(url, wireOptions(wire, true))
    const meet = (): Promise<BytePeer> => connectBytes(plainUrl(listener.url))
    return { socket, url: listener.url, meet, close: () => socket.close({ linger: 0 }) }
  }
  const server = await listenBytes(scheme === 'ipc' ? 'ipc' : 'tcp')
  const url = server.url.replace(/^[a-z]+/, scheme)
  socket.connect(url, wireOptions(wire, false))
  const close = (): Promise<void> => {
    server.close()
    return socket.close({ linger: 0 })
  }
  return { socket, url, meet: () => server.accept(), close }
}

/** Says it in these pieces. The answer to an upgrade is made for the key that was asked with. */
async function say(peer: BytePeer, { wire, role }: Conversation, all: readonly Buffer[]): Promise<void> {
  let parts = all
  if (role === 'accepts' && schemeOf(wire).endsWith('ws')) {
    await eventually(() => peer.unread.includes('\r\n\r\n'))
    const answer = Buffer.concat(all).toString('latin1')
    const fresh = answer.replace(/^(sec-websocket-accept: *).{28}/im, (_, name: string) => name + acceptOf(peer.unread))
    const bytes = Buffer.from(fresh, 'latin1')
    const ends = all.map((_, i) => Buffer.concat(all.slice(0, i + 1)).length)
    parts = ends.map((end, i) => bytes.subarray(ends[i - 1] ?? 0, end))
  }
  for (const part of parts) {
    if (part.length > 0) peer.send(part)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

async function leave(peer: BytePeer, { socket }: Stage): Promise<void> {
  peer.end()
  await peer.closed
  peer.destroy()
  await eventually(() => socket.peers.length === 0)
}

/** Says something to which nothing in particular has to come, and takes what came. */
async function attack(on: Stage, conversation: Conversation, parts: readonly Buffer[]): Promise<void> {
  const peer = await on.meet()
  await say(peer, conversation, parts)
  await leave(peer, on)
  const { tryRecv } = on.socket as Socket & Partial<Pick<Pull, 'tryRecv'>>
  if (conversation.own !== 'pub') while (tryRecv?.call(on.socket as Pull) !== undefined);
  expect([errors, on.socket.state]).toEqual([[], 'open'])
}

/** Says all of it, and sees what is to become of it. */
async function succeed(on: Stage, conversation: Conversation, parts: readonly Buffer[]): Promise<void> {
  const { outcome } = conversation
  const { socket } = on
  const seen = typeof outcome === 'string' ? nextEvent(socket, outcome === 'attaches' ? 'attach' : 'reject') : undefined
  const peer = await on.meet()
  await say(peer, conversation, parts)
  if (typeof outcome === 'object') expect(await hear(socket, patience)).toBe(outcome.hears)
  await seen
  await leave(peer, on)
  expect([errors, socket.state]).toEqual([[], 'open'])
}

/** The next peer is served: it says the conversation as it was, or is a real one where that is to be refused. */
async function serveNext(on: Stage, conversation: Conversation): Promise<void> {
  const { outcome, role, own } = conversation
  if (outcome !== 'refuses' || role === 'accepts' || own !== 'pull') {
    return succeed(on, conversation, [saidBy(conversation)])
  }
  const peer = new Push()
  peer.connect(on.url, wireOptions(conversation.wire, false))
  void peer.send('good').catch(() => {})
  expect(await hear(on.socket, patience)).toBe('good')
  await peer.close({ linger: 0 })
  await eventually(() => on.socket.peers.length === 0)
}

describe.each(readCorpus())('of $name', ({ conversations }) => {
  const cases = conversations.map((conversation) => ({ title: titleOf(conversation), conversation }))

  it.each(cases)('TR-03 $title, in whatever pieces', async ({ conversation }) => {
    const on = await stage(conversation)
    const bytes = saidBy(conversation)
    await succeed(on, conversation, [bytes])
    await succeed(
      on,
      conversation,
      [...bytes].map((byte) => Buffer.of(byte))
    )
    const property = fc.asyncProperty(cuts, (where) => succeed(on, conversation, pieces(bytes, where)))
    await fc.assert(property, { numRuns: 5, endOnFailure: true })
  })

  it.each(cases)(
    'HOST-02 harms nobody when it ends after any byte: $title',
    async ({ conversation }) => {
      const before = connections()
      const on = await stage(conversation)
      const bytes = saidBy(conversation)
      // What is boxed has no structure, and each attempt costs what a handshake does.
      const step = conversation.outcome === 'refuses' ? 7 : 1
      for (let length = 0; length < bytes.length; length += step) {
        await attack(on, conversation, [bytes.subarray(0, length)])
        await serveNext(on, conversation)
      }
      await on.close()
      await eventually(() => connections() <= before)
    },
    30_000
  )

  it.each(cases)('HOST-02 harms nobody when it is damaged: $title', async ({ conversation }) => {
    const before = connections()
    const on = await stage(conversation)
    const property = fc.asyncProperty(damage, cuts, async (spoil, where) => {
      const parts = pieces(spoil(saidBy(conversation)), where)
      try {
        await attack(on, conversation, parts)
        await serveNext(on, conversation)
      } catch (cause) {
        const said = parts.map((bytes) => ({ by: 'peer', bytes }) as const)
        const fixture = textOf({ ...conversation, outcome: 'refuses', said })
        throw new Error(`for test/corpus/found.txt, with what is to become of it:\n\n${fixture}\n`, { cause })
      }
    })
    await fc.assert(property, { numRuns: 10, endOnFailure: true })
    await on.close()
    await eventually(() => connections() <= before)
  })
})
