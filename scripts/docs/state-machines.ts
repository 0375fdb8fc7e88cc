/** docs/state-machines.md: one diagram for each table that the code runs on. */
import { clusterStates } from '../../src/cluster/cluster.ts'
import { linkStates } from '../../src/cluster/engine/link-life.ts'
import { serviceStates } from '../../src/cluster/service.ts'
import { tunnelStates } from '../../src/cluster/tunnel/tunnel.ts'
import { connectionStates } from '../../src/core/connection-life.ts'
import { dialerStates } from '../../src/core/dialer.ts'
import { listenerStates } from '../../src/core/listener.ts'
import { pipeStates } from '../../src/core/live-pipe.ts'
import { outletStates } from '../../src/core/routing/outlet.ts'
import { socketStates } from '../../src/core/socket.ts'
import type { StateTable } from '../../src/core/state-machine.ts'
import { natsStates } from '../../src/nats/connection.ts'
import { pairStates } from '../../src/protocols/pair.ts'
import { replierStates } from '../../src/protocols/replier.ts'
import { reqStates } from '../../src/protocols/reqrep/exchange.ts'
import { surveyStates } from '../../src/protocols/survey/survey.ts'
import { handshakeStates } from '../../src/transports/zmtp/handshake.ts'
import { opening } from './markdown.ts'

type AnyTable = StateTable<string, string>

/** Every state table, from the socket outwards. */
export const stateTables: readonly AnyTable[] = [
  socketStates,
  listenerStates,
  dialerStates,
  pipeStates,
  connectionStates,
  outletStates,
  pairStates,
  reqStates,
  replierStates,
  surveyStates,
  handshakeStates,
  clusterStates,
  serviceStates,
  linkStates,
  tunnelStates,
  natsStates
]

/** One sentence for each table; here, so that browsers need not load them. */
export const sentences: Readonly<Record<string, string>> = {
  dialer: 'Keeps one connection to one address.',
  listener: 'Accepts connections at one address.',
  connection: 'What carries a pipe: whether messages are wanted, and that its end is told once.',
  pipe: 'One connection, from the accepted handshake to its end.',
  socket: 'Open until closed; while closing it delivers what was accepted, for at most linger.',
  'zmtp handshake': 'With a ZeroMQ peer: who it is, whether it may come in, and that both know each other.',
  outlet: 'A pipe of PUB, BUS or SURVEYOR: whether a `send` waits for it when its buffer is full.',
  pair: 'Whether the one peer is there.',
  rep: 'REP and RESPONDENT: `recv` takes a request to be answered, `send` answers it; every `recv` first lets go.',
  req: 'One exchange of a REQ: `send`/`recv` use one again and again, every `request()` has its own.',
  cluster: 'Open until closed; while closing its services finish what they hold.',
  service: 'A name that this instance serves: takes calls, finishes what it holds, is closed.',
  link: 'A connection to a member, as its caller sees it: silent while it gives no sign of life.',
  'nats connection': 'Of the engine over NATS: made again whenever it ends, with everything that was listened to.',
  tunnel: 'Each side ends its own direction; everything else that ends it is an error.',
  survey:
    'Collects answers until its deadline; the end is told once with ETIMEDOUT, after every answer that came in time.'
}

const about = `Everything in hubless that has states runs on one of these tables. An event that a table does not allow is a programming
error: the test suite throws, a running program stays in its state. A state without an event that leaves it is final.`

export function stateMachinesPage(): string {
  return opening('State machines', 'the state tables in src/', about) + stateTables.map(section).join('')
}

function section(table: AnyTable): string {
  return `\n## ${table.name}\n\n${sentences[table.name]}\n\n\`\`\`mermaid\n${diagram(table)}\`\`\`\n`
}

function diagram({ initial, transitions }: AnyTable): string {
  const lines = ['stateDiagram-v2', `  [*] --> ${initial}`]
  for (const [state, events] of Object.entries(transitions)) {
    const targets = new Map<string, string[]>()
    for (const [event, target] of Object.entries(events)) {
      if (target !== undefined) targets.set(target, [...(targets.get(target) ?? []), event])
    }
    for (const [target, causes] of targets) lines.push(`  ${state} --> ${target} : ${causes.join(', ')}`)
    if (targets.size === 0) lines.push(`  ${state} --> [*]`)
  }
  return `${lines.join('\n')}\n`
}
