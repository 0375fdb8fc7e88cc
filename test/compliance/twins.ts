/** A raw socket and its cooked twin are the same to a peer: all four combinations exchange messages. */
import { Bus, Pair, Pub, Pull, Push, Rep, Req, Respondent, type Socket, Sub, Surveyor } from 'hubless'
import * as raw from 'hubless/raw'
import { describe, expect, it } from 'vitest'
import { carries, marry, type TransportCase } from '../helpers/sockets.ts'

const patience = { timeout: 5000 }

/** One end of a pattern: says a text and hears one, with its header where it is raw. */
interface End {
  readonly socket: Socket
  say(text: string): Promise<void>
  hear(): Promise<string>
}

interface Sends<M> {
  send(message: M): Promise<void>
}
interface Receives<M> {
  recv(options: { timeout: number }): Promise<M>
}

const none = (): Promise<never> => Promise.reject(new Error('this end does not do that'))

function cooked(socket: Socket & Partial<Sends<string> & Receives<Buffer>>): End {
  return {
    socket,
    say: (text) => socket.send?.(text) ?? none(),
    hear: async () => String(await (socket.recv?.(patience) ?? none()))
  }
}

/** Answers with the header that it heard last, and otherwise begins with `header`. */
function uncooked(
  socket: Socket & Partial<Sends<raw.RawMessage> & Receives<raw.Message>>,
  header: Buffer = Buffer.alloc(0)
): End {
  let last: Uint8Array = header
  return {
    socket,
    say: (text) => socket.send?.({ header: last, body: text }) ?? none(),
    hear: async () => {
      const message = await (socket.recv?.(patience) ?? none())
      last = message.header
      return String(message.body)
    }
  }
}

const id = (): Buffer => Buffer.from([0x80, 1, 2, 3])

/** The two ends of each pattern, cooked and raw, and whether there is an answer. */
const patterns: Record<string, { a: (() => End)[]; b: (() => End)[]; answers: boolean }> = {
  pair: {
    a: [() => cooked(new Pair()), () => uncooked(new raw.Pair())],
    b: [() => cooked(new Pair()), () => uncooked(new raw.Pair())],
    answers: true
  },
  'push/pull': {
    a: [() => cooked(new Push()), () => uncooked(new raw.Push())],
    b: [() => cooked(new Pull()), () => uncooked(new raw.Pull())],
    answers: false
  },
  'pub/sub': {
    a: [() => cooked(new Pub()), () => uncooked(new raw.Pub())],
    b: [() => cooked(subscribed(new Sub())), () => uncooked(subscribed(new raw.Sub()))],
    answers: false
  },
  'req/rep': {
    a: [() => cooked(new Req()), () => uncooked(new raw.Req(), id())],
    b: [() => cooked(new Rep()), () => uncooked(new raw.Rep())],
    answers: true
  },
  'surveyor/respondent': {
    a: [() => cooked(new Surveyor({ deadline: 5000 })), () => uncooked(new raw.Surveyor(), id())],
    b: [() => cooked(new Respondent()), () => uncooked(new raw.Respondent())],
    answers: true
  },
  bus: {
    a: [() => cooked(new Bus()), () => uncooked(new raw.Bus())],
    b: [() => cooked(new Bus()), () => uncooked(new raw.Bus())],
    answers: false
  }
}

function subscribed<S extends { subscribe(topic: string): void }>(sub: S): S {
  sub.subscribe('')
  return sub
}

export function twinsSuite(transport: TransportCase): void {
  const options = {
    ...(transport.bind && { bind: transport.bind }),
    ...(transport.connect && { connect: transport.connect })
  }

  describe(`raw and cooked twins over ${transport.name}`, () => {
    for (const [name, { a, b, answers }] of Object.entries(patterns)) {
      if (!carries(transport, name)) continue
      it(`COM-02 all four combinations of raw and cooked ${name} exchange messages`, async () => {
        for (const makeA of a) {
          for (const makeB of b) {
            const [one, two] = [makeA(), makeB()]
            const { pipes } = await marry(one.socket, two.socket, transport.url(), options)
            expect(pipes[0].peerProtocol).toBe(two.socket.identity.self)
            await one.say('question')
            expect(await two.hear()).toBe('question')
            if (answers) {
              await two.say('answer')
              expect(await one.hear()).toBe('answer')
            }
            expect([one.socket.stats().drops, two.socket.stats().drops]).toEqual([{}, {}])
            await Promise.all([one.socket.close(), two.socket.close()])
          }
        }
      })
    }
  })
}
