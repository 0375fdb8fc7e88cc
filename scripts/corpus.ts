/**
 * npm run corpus -- [--only REGEX]
 *
 * Records again what test/corpus has: short conversations of every peer that is installed with a socket of ours, over every
 * wire with bytes, in both roles. Files of peers that are not here, and what was found and is kept, stay as they are.
 */
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { type Conversation, hear, ownSocket, schemeOf, textOf, titleOf, wireOptions } from '../test/helpers/corpus.ts'
import { freePort } from '../test/interop/peers/tools.ts'
import { type Recorded, recordedPeers } from './corpus/peers.ts'
import { freePath, Relay } from './corpus/relay.ts'

const { values } = parseArgs({ options: { only: { type: 'string', default: '' } } })

/** Who speaks, who hears, by pattern. */
const few = ['push pull', 'req rep']
const wires: Record<string, readonly string[]> = {
  tcp: [...few, 'rep req', 'pub sub', 'pair pair', 'bus bus', 'surveyor respondent', 'respondent surveyor'],
  ipc: few,
  ws: few,
  'zmtp+tcp': [...few, 'rep req', 'pub sub', 'sub pub', 'pair pair'],
  'zmtp+tcp/plain': few,
  'zmtp+tcp/curve': ['push pull'],
  'zmtp+ws': few
}

/** A request or survey of ours; replies to it are the same in every recording. */
const question = { header: Buffer.from('80000001', 'hex'), body: Buffer.from('ask') }

async function record(
  peer: Recorded,
  wire: string,
  pattern: string,
  own: string,
  dials: boolean
): Promise<Conversation> {
  const socket = ownSocket(own, { reconnectInterval: 50, reconnectIntervalMax: 50 })
  const { send } = socket as unknown as { send(message: object): Promise<void> }
  const asks = own === 'req' || own === 'surveyor'
  const attached = new Promise<void>((resolve) => socket.on('attach', () => resolve()))
  const scheme = schemeOf(wire)
  const fresh = scheme === 'ipc' ? `ipc://${freePath()}` : `${scheme}://127.0.0.1:${await freePort()}`
  if (dials) await socket.bind(fresh, wireOptions(wire, true))
  using relay = await Relay.before(fresh)
  await using _ = await peer.talk({ wire, pattern, dials, url: dials ? relay.url : fresh })
  if (!dials) socket.connect(relay.url, wireOptions(wire, false))
  if (asks) void attached.then(() => send.call(socket, question))
  const heard = own === 'pub' ? undefined : await hear(socket, { timeout: 5000 })
  if (own === 'pub') await Promise.race([attached, pause(5000)])
  // A subscription comes after the pipe.
  await pause(50)
  const said = relay.noted.map(({ by, bytes }) => ({ by: (by === 'dialer') === dials ? 'peer' : 'us', bytes }) as const)
  await socket.close({ linger: 0 })
  // What was boxed for one session is nothing in another.
  const outcome = wire.endsWith('/curve') ? 'refuses' : heard === undefined ? 'attaches' : { hears: heard }
  if (heard === undefined && own !== 'pub') throw new Error(`nothing came: ${pattern} of ${peer.name} over ${wire}`)
  return { wire, peer: pattern, role: dials ? 'dials' : 'accepts', own, outcome, said }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

for (const peer of await recordedPeers()) {
  if (!new RegExp(values.only).test(peer.name)) continue
  const texts: string[] = []
  for (const [wire, pairs] of Object.entries(wires)) {
    if (!peer.family.includes(wire.startsWith('zmtp') ? 'zmtp' : 'sp')) continue
    for (const pair of pairs) {
      const [pattern = '', own = ''] = pair.split(' ')
      for (const dials of [true, false]) {
        const conversation = await record(peer, wire, pattern, own, dials)
        console.log(`${peer.name}, ${titleOf(conversation)}`)
        texts.push(textOf(conversation))
      }
    }
  }
  writeFileSync(new URL(`../test/corpus/${peer.name}.txt`, import.meta.url), texts.join('\n'))
}
process.exit()
