/** The pair of raw sockets for each pattern. A forwarder of PUB/SUB subscribes to everything. */
import type { Socket } from '../../index.ts'
import { Bus, type device, Pair, Pub, Pull, Push, Rep, Req, Respondent, Sub, Surveyor } from '../../raw.ts'
import type { DevicePattern } from './options.ts'

/** What a device runs on. */
export type RawSocket = Socket & Parameters<typeof device>[0]

interface Sides {
  in(): RawSocket
  out(): RawSocket
}

function subscribed(): Sub {
  const sub = new Sub()
  sub.subscribe('')
  return sub
}

export const rawSockets: Readonly<Record<DevicePattern, Sides>> = {
  reqrep: { in: () => new Rep(), out: () => new Req() },
  pubsub: { in: subscribed, out: () => new Pub() },
  pipeline: { in: () => new Pull(), out: () => new Push() },
  bus: { in: () => new Bus(), out: () => new Bus() },
  survey: { in: () => new Respondent(), out: () => new Surveyor() },
  pair: { in: () => new Pair(), out: () => new Pair() }
}
