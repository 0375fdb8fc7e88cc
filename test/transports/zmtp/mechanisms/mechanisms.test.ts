/** The mechanisms of ZeroMQ without a network: what each says, and what it makes of a peer that says something else. */
import { curveKeyPair } from 'hubless/zmtp'
import { describe, expect, it } from 'vitest'
import { boxKey, counterBytes, nonceOf, open as openBox, seal } from '../../../../src/transports/zmtp/curve/box.ts'
import { CurveClient } from '../../../../src/transports/zmtp/curve/client.ts'
import { newKeyPair } from '../../../../src/transports/zmtp/curve/keys.ts'
import { CurveServer } from '../../../../src/transports/zmtp/curve/server.ts'
import { decodeCommand, encodeCommand } from '../../../../src/transports/zmtp/frames.ts'
import { BareMechanism } from '../../../../src/transports/zmtp/mechanisms/bare.ts'
import { chooseMechanism } from '../../../../src/transports/zmtp/mechanisms/choose.ts'
import {
  type Mechanism,
  Misbehaviour,
  PeerError,
  type Step
} from '../../../../src/transports/zmtp/mechanisms/mechanism.ts'
import { PlainClient, PlainServer } from '../../../../src/transports/zmtp/mechanisms/plain.ts'
import { encodeMetadata } from '../../../../src/transports/zmtp/metadata.ts'
import type { ZmtpOptions } from '../../../../src/transports/zmtp/options.ts'
import type { SocketType } from '../../../../src/transports/zmtp/socket-types.ts'

const [server, client] = [curveKeyPair(), curveKeyPair()]
const dealer = { name: 'DEALER', peers: ['ROUTER'], identity: true } as unknown as SocketType

interface Pairing {
  readonly name: string
  readonly connect: ZmtpOptions
  readonly bind: ZmtpOptions
  /** What the client says, in order; between them stands what the server says. */
  readonly commands: readonly string[]
}

const pairings: readonly Pairing[] = [
  { name: 'NULL', connect: {}, bind: {}, commands: ['READY', 'READY'] },
  {
    name: 'PLAIN',
    connect: { username: 'ann', password: 'pw' },
    bind: { mechanism: 'plain' },
    commands: ['HELLO', 'WELCOME', 'INITIATE', 'READY']
  },
  {
    name: 'CURVE',
    connect: { curve: { ...client, serverKey: server.publicKey } },
    bind: { curve: server },
    commands: ['HELLO', 'WELCOME', 'INITIATE', 'READY']
  }
]

const hear = (mechanism: Mechanism, bytes: Uint8Array): Step => {
  const command = decodeCommand(Buffer.from(bytes))
  if (command === undefined) throw new Misbehaviour('no command')
  return mechanism.receive(command)
}

/** Both sides of a handshake after `steps` commands of it, with what is said next, and whose turn it is to hear it. */
function reached({ connect, bind }: Pairing, steps: number): { said: Uint8Array; hearer: Mechanism } {
  const sides = [chooseMechanism(bind, 'bind', dealer), chooseMechanism(connect, 'connect', dealer)] as const
  sides[0].begin()
  let said = sides[1].begin().say as Uint8Array
  for (let i = 0; i < steps; i++) said = hear(sides[(i % 2) as 0], said).say as Uint8Array
  return { said, hearer: sides[(steps % 2) as 0] }
}

describe.each(pairings)('$name', (pairing) => {
  const steps = pairing.commands.map((command, step) => ({ command, step }))

  it('says its commands in order, and both know each other then', () => {
    for (const { command, step } of steps) {
      const { said, hearer } = reached(pairing, step)
      expect(decodeCommand(Buffer.from(said))?.name).toBe(command)
      const last = hear(hearer, said)
      if (step < steps.length - 2) continue
      expect(last.over).toBe(true)
      expect(String(last.claims?.metadata.get('socket-type'))).toBe('DEALER')
    }
  })

  it.each(steps)('takes nothing else where $command must come, and an ERROR for what it is', ({ command, step }) => {
    const { hearer } = reached(pairing, step)
    expect(() => hear(hearer, encodeCommand('NONSENSE'))).toThrow(
      new Misbehaviour(`"NONSENSE" where ${command} must come`)
    )
    expect(() => hear(hearer, encodeCommand('ERROR', Buffer.from('\x03n\x1bo')))).toThrow(new PeerError('n?o'))
    expect(() => hear(hearer, encodeCommand('ERROR'))).toThrow(new PeerError(''))
  })

  it.each(steps)(
    'refuses $command that is cut anywhere',
    ({ step }) => {
      const { length } = reached(pairing, step).said
      let refused = 0
      for (let end = 0; end < length; end++) {
        const { said, hearer } = reached(pairing, step)
        try {
          hear(hearer, said.subarray(0, end))
        } catch (error) {
          expect(error).toBeInstanceOf(Misbehaviour)
          refused++
        }
      }
      // Metadata may end after each of their properties.
      expect(refused).toBeGreaterThanOrEqual(length - 4)
    },
    20_000
  )
})

describe('CURVE', () => {
  const pairing = pairings[2] as Pairing

  it.each([0, 1, 2, 3])(
    'Z-20 refuses command %i with any bit turned',
    (step) => {
      const { length } = reached(pairing, step).said
      for (let at = 8; at < length; at += 7) {
        const { said, hearer } = reached(pairing, step)
        const damaged = Buffer.from(said)
        damaged[at] = (damaged[at] as number) ^ (1 << (at % 8))
        try {
          hear(hearer, damaged)
          // What HELLO is padded with means nothing.
          expect([step, at < 82]).toEqual([0, true])
        } catch (error) {
          expect(error).toBeInstanceOf(Misbehaviour)
        }
      }
    },
    20_000
  )

  it('refuses an INITIATE of another connection', () => {
    const [one, other] = [reached(pairing, 2), reached(pairing, 2)]
    expect(() => hear(one.hearer, other.said)).toThrow('without the cookie of its WELCOME')
  })

  it('says ERROR where it is to refuse', () => {
    for (const role of ['bind', 'connect'] as const) {
      const said = chooseMechanism(pairing[role], role, dealer).refusal?.('400')
      expect(() => hear(reached(pairing, 1).hearer, said as Uint8Array)).toThrow(new PeerError('400'))
    }
  })
})

describe('damaged metadata', () => {
  const damaged = Buffer.from([5, 1])

  it('of PLAIN are refused on both sides', () => {
    const [ours, theirs] = [new PlainServer(damaged), new PlainClient(damaged, 'a', 'b')]
    const welcome = hear(ours, theirs.begin().say as Uint8Array).say as Uint8Array
    expect(() => hear(theirs, Buffer.concat([welcome, Buffer.from('x')]))).toThrow('something behind WELCOME')
    const initiate = hear(theirs, welcome).say as Uint8Array
    expect(() => hear(ours, initiate)).toThrow('the metadata of INITIATE are damaged')
    const good = encodeCommand('INITIATE', encodeMetadata({ 'Socket-Type': 'DEALER' }))
    const ready = hear(ours, good).say as Uint8Array
    expect(() => hear(theirs, ready)).toThrow('the metadata of READY are damaged')
  })

  it('of NULL are refused', () => {
    const nobody = chooseMechanism({}, 'bind', dealer)
    expect(() => hear(nobody, encodeCommand('READY', damaged))).toThrow('the metadata of READY are damaged')
  })
})

it('without a mechanism each side says its identity, who dialed first', () => {
  const ann = new BareMechanism(dealer, { identity: 'ann' }, 'connect')
  const nobody = new BareMechanism({ ...dealer, identity: false } as SocketType, { identity: 'not said' }, 'bind')
  expect([ann.begin(), nobody.begin()]).toEqual([{ say: Buffer.from('ann'), introduces: true }, {}])
  const answer = nobody.receive({ name: '', data: Buffer.from('ann') })
  expect([String(answer.claims?.metadata.get('identity')), answer.say]).toEqual(['ann', Buffer.alloc(0)])
  const last = ann.receive({ name: '', data: Buffer.alloc(0) })
  expect([last.say, last.over, String(last.claims?.metadata.get('socket-type'))]).toEqual([undefined, true, 'ROUTER'])
})

describe('CURVE between peers whose keys are right and whose words are not', () => {
  const damaged = Uint8Array.of(5, 65)
  const fine = encodeMetadata({ 'Socket-Type': 'DEALER' })
  const [serverKeys, clientKeys] = [newKeyPair(), newKeyPair()]

  function meet(own: { server?: Uint8Array; client?: Uint8Array }): () => void {
    const listener = new CurveServer(own.server ?? fine, serverKeys.secretKey)
    const dialer = new CurveClient(own.client ?? fine, clientKeys.secretKey, serverKeys.publicKey)
    const welcome = hear(listener, dialer.begin().say as Uint8Array).say as Uint8Array
    const initiate = hear(dialer, welcome).say as Uint8Array
    return () => void hear(dialer, hear(listener, initiate).say as Uint8Array)
  }

  it('refuses damaged metadata, sealed or not', () => {
    expect(meet({})).not.toThrow()
    expect(meet({ client: damaged })).toThrow(new Misbehaviour('the metadata of INITIATE are damaged'))
    expect(meet({ server: damaged })).toThrow(new Misbehaviour('the metadata of READY are damaged'))
  })

  it('refuses a vouch of a client for another connection of its own', () => {
    const listener = new CurveServer(fine, serverKeys.secretKey)
    const [short, other] = [newKeyPair(), newKeyPair()]
    const toServer = boxKey(short.secretKey, serverKeys.publicKey)
    const counter = counterBytes(1)
    const zeros = seal(toServer, nonceOf('CurveZMQHELLO---', counter), Buffer.alloc(64))
    const hello = encodeCommand('HELLO', Buffer.from([1, 0]), Buffer.alloc(72), short.publicKey, counter, zeros)
    const said = hear(listener, hello).say as Uint8Array
    const { data } = decodeCommand(Buffer.from(said)) as { data: Buffer }
    const welcome = openBox('WELCOME', toServer, nonceOf('WELCOME-', data.subarray(0, 16)), data.subarray(16))
    const [theirs, cookie] = [welcome.subarray(0, 32), welcome.subarray(32)]
    const initiate = (vouched: Uint8Array): Uint8Array => {
      const nonce = Buffer.alloc(16, 7)
      const vouchKey = boxKey(clientKeys.secretKey, theirs)
      const vouch = seal(vouchKey, nonceOf('VOUCH---', nonce), vouched, serverKeys.publicKey)
      const key = boxKey(short.secretKey, theirs)
      const box = seal(key, nonceOf('CurveZMQINITIATE', counterBytes(2)), clientKeys.publicKey, nonce, vouch, fine)
      return encodeCommand('INITIATE', cookie, counterBytes(2), box)
    }
    expect(() => hear(listener, initiate(other.publicKey))).toThrow(new Misbehaviour('a vouch for another connection'))
    expect(hear(listener, initiate(short.publicKey)).over).toBe(true)
  })
})
