/** The sockets of the hubless peers. */
import { type Body, type BodyInput, Pair, Pub, Pull, Push, type Rep, type Req, Sub } from 'hubless'
import { type Args, over, ready } from './bench.ts'

export const options = { recvMaxSize: Number.POSITIVE_INFINITY }

export async function open<S extends Sender | Receiver | Req | Rep>(socket: S, { listen, url }: Args): Promise<S> {
  if (listen) await socket.bind(url)
  else await socket.connect(url).whenConnected()
  ready()
  return socket
}

export type Sender = Push | Pub | Pair
export type Receiver = Pull | Sub | Pair

export function sender(pattern: string): Sender {
  if (pattern === 'pipeline') return new Push(options)
  return pattern === 'pubsub' ? new Pub(options) : new Pair<BodyInput, Body>(options)
}

export function receiver(pattern: string): Receiver {
  if (pattern === 'pipeline') return new Pull(options)
  if (pattern === 'pair') return new Pair<BodyInput, Body>(options)
  const sub = new Sub(options)
  sub.subscribe('')
  return sub
}

/** What a sender does after its last message. */
export async function rest(socket: Sender): Promise<void> {
  if (socket instanceof Pub) setInterval(() => socket.trySend(''), 1)
  await over()
}
