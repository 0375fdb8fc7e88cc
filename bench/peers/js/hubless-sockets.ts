/** The sockets of the hubless peers. */
import {
  type Body,
  type BodyInput,
  Bus,
  Pair,
  Pub,
  Pull,
  Push,
  type Rep,
  type Req,
  Respondent,
  Sub,
  Surveyor
} from 'hubless'
import { type Args, Costs, over, ready, report } from './bench.ts'

export const options = { recvMaxSize: Number.POSITIVE_INFINITY }

export async function open<S extends Sender | Receiver | Req | Rep>(socket: S, { listen, url }: Args): Promise<S> {
  if (listen) await socket.bind(url)
  else await socket.connect(url).whenConnected()
  ready()
  return socket
}

export type Sender = Push | Pub | Pair | Bus | Surveyor
export type Receiver = Pull | Sub | Pair | Bus | Respondent

export function sender(pattern: string): Sender {
  if (pattern === 'pipeline') return new Push(options)
  if (pattern === 'pubsub') return new Pub(options)
  if (pattern === 'bus') return new Bus<BodyInput, Body>(options)
  return pattern === 'survey' ? new Surveyor<BodyInput, Body>(options) : new Pair<BodyInput, Body>(options)
}

export function receiver(pattern: string): Receiver {
  if (pattern === 'pipeline') return new Pull(options)
  if (pattern === 'pair') return new Pair<BodyInput, Body>(options)
  if (pattern === 'bus') return new Bus<BodyInput, Body>(options)
  if (pattern === 'survey') return new Respondent<BodyInput, Body>(options)
  const sub = new Sub(options)
  sub.subscribe('')
  return sub
}

/** Connects and never receives. */
export async function stuck(args: Args): Promise<void> {
  await open(receiver(args.pattern), args)
  await over()
}

/** Subscribers of one process that drain their socket, each with `drain`, which counts and ends in its own way. */
export async function subscribe(
  { many, url }: Args,
  drain: (sub: Receiver, tally: Tally) => Promise<void>
): Promise<void> {
  const subs = Array.from({ length: many }, () => receiver('pubsub'))
  await Promise.all(subs.map((sub) => sub.connect(url).whenConnected()))
  ready()
  const tally = new Tally()
  await Promise.all(subs.map((sub) => drain(sub, tally)))
  report(tally.costs, tally.total)
}

/** What all subscribers of a process have received. */
export class Tally {
  costs: Costs | undefined
  total = 0

  /** Takes one message of a subscriber that had `got` before; true when it was its last, as an empty one is. */
  take(body: Body, got: number, count: number): boolean {
    this.costs ??= new Costs()
    if (body.length === 0) return true
    this.total++
    return got + 1 === count
  }
}

/** What a sender does after its last message. */
export async function rest(socket: Sender): Promise<void> {
  const loses = [Pub, Bus, Surveyor].some((type) => socket instanceof type)
  if (loses) setInterval(() => socket.trySend(''), 1)
  await over()
}
