/**
 * ZeroMQ on WebSockets, ZWS 2.0 (RFC 45): every frame is a message of its own, whose first byte says whether more follow
 * (01), the message ends (00), or it is a command (02). There is no greeting: the subprotocol names the mechanism, and the
 * one without a name has none.
 */
import { Refusal } from '../../core/transport.ts'
import type { Speech } from '../ws/speech.ts'
import { verdict } from '../ws/verdict.ts'
import type { HandshakeResult } from './handshake.ts'
import { BareMechanism } from './mechanisms/bare.ts'
import { chooseMechanism } from './mechanisms/choose.ts'
import { mechanismOf } from './options.ts'
import { socketTypeOf } from './socket-types.ts'
import { ZwsHandshake } from './zws-handshake.ts'

/** What each mechanism goes by, best first. Browsers can ask for the bare name only: a slash is no part of a token. */
const bare = 'ZWS2.0'
const names = { NULL: ['ZWS2.0/NULL', bare], PLAIN: ['ZWS2.0/PLAIN'], CURVE: ['ZWS2.0/CURVE'] } as const

export const zwsSpeech: Speech = {
  tellsAll: false,
  offer: ({ options }) => names[mechanismOf(options.zmtp ?? {})],
  choose(offered, { options }) {
    const known: readonly string[] = names[mechanismOf(options.zmtp ?? {})]
    const chosen = offered?.find((name) => known.includes(name))
    if (chosen !== undefined) return chosen
    const peer =
      offered === undefined ? 'names no subprotocol' : `asks for ${JSON.stringify(offered.join(', ').slice(0, 200))}`
    return verdict(400, 'protocol-mismatch', `this speaks ${known.join(' and ')}; the peer ${peer}`)
  },
  open({ stream, subprotocol, info, rest, greeting }, done) {
    const { protocol, role } = greeting
    const options = greeting.options.zmtp ?? {}
    const own = socketTypeOf(protocol)
    const mechanism = subprotocol === bare ? new BareMechanism(own, options, role) : chooseMechanism(options, role, own)
    const handshake = new ZwsHandshake({
      stream,
      greeting,
      own,
      mechanism,
      done: (result: HandshakeResult | Refusal) => {
        if (result instanceof Refusal) done(result)
        else done(handshake.session({ ...info, ...result.info }))
      }
    })
    handshake.begin(rest)
  }
}
