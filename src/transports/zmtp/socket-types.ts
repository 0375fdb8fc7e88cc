/** Which socket of ZeroMQ a pattern is on the wire, by its own id, and which it talks to. RFC 28 to 31. */
import { SpError } from '../../core/errors.ts'
import type { ProtocolIdentity } from '../../core/peer.ts'

export interface SocketType {
  /** As it stands in metadata. */
  readonly name: string
  readonly peers: readonly string[]
  /** Whether it announces an identity. */
  readonly identity: boolean
}

const type = (name: string, peers: readonly string[], identity = false): SocketType => ({ name, peers, identity })

const types: ReadonlyMap<number, SocketType> = new Map([
  [0x10, type('PAIR', ['PAIR'])],
  [0x20, type('PUB', ['SUB', 'XSUB'])],
  [0x21, type('SUB', ['PUB', 'XPUB'])],
  [0x30, type('REQ', ['REP', 'ROUTER'], true)],
  [0x31, type('REP', ['REQ', 'DEALER'])],
  [0x50, type('PUSH', ['PULL'])],
  [0x51, type('PULL', ['PUSH'])],
  // patterns that ZeroMQ alone has; their ids are beyond what an SP hello can say
  [0x10005, type('DEALER', ['REP', 'DEALER', 'ROUTER'], true)],
  [0x10006, type('ROUTER', ['REQ', 'DEALER', 'ROUTER'], true)]
])

const survey = 'ask each peer with a REQ, or send with PUB and gather with PULL'
const advice: Readonly<Record<string, string>> = {
  surveyor: `ZeroMQ has no survey: ${survey}`,
  respondent: `ZeroMQ has no survey: ${survey}`,
  bus: 'ZeroMQ has no bus: have a PUB and a SUB on every node'
}

/** Throws `ENOTSUP` for a pattern that ZeroMQ does not have. */
export function socketTypeOf({ self, name }: ProtocolIdentity): SocketType {
  const found = types.get(self)
  if (found !== undefined) return found
  throw new SpError('ENOTSUP', { message: advice[name] ?? `ZeroMQ has no socket that does what ${name} does` })
}
