/** docs/events.md: the events of a socket and the closed sets of reasons that they carry. */
import type { SocketEventName } from '../../src/core/events.ts'
import { detachReasons, dropReasons, rejectReasons } from '../../src/core/reasons.ts'
import { code, opening, table } from './markdown.ts'

const about = `\`socket.on(name, listener)\` tells what happens in the background. Nothing of it is an error of your program: there is no
\`error\` event, nothing has to be listened to, and a listener that throws disturbs nothing. Every refusal and every loss is
also counted, by reason, in \`socket.stats()\`: for the socket, the endpoint and the pipe. What a SUB filters is no loss: it is
counted as \`messagesFiltered\` and makes no event.

\`\`\`ts
import { Pull, Push } from 'hubless'

await using pull = new Pull()
pull.on('attach', ({ pipe }) => console.log('attach', pipe.peerProtocol.toString(16))) // → attach 50
await pull.bind('inproc://jobs')
await using push = new Push()
await push.connect('inproc://jobs').whenConnected()
\`\`\``

/** Typed by the events there are, so that none can be forgotten. */
const events: Record<SocketEventName, readonly [payload: string, about: string]> = {
  attach: ['{ pipe }', 'A peer finished its handshake and takes part.'],
  detach: ['{ pipe, reason, cause? }', 'Its connection ended. Comes once for every `attach`.'],
  reject: ['{ reason, endpoint, address, error }', 'A connection was refused before it took part.'],
  retry: ['{ dialer, attempt, delay, cause }', 'A dialer waits `delay` ms before its next attempt.'],
  drop: ['{ reason, count, size?, limit?, pipe?, cause? }', '`count` messages were lost or discarded.'],
  listen: ['{ listener, url }', 'A listener is ready; `url` has the real port.'],
  close: ['{}', 'The socket is closed. The last event.']
}

export function eventsPage(): string {
  const rows = Object.entries(events).map(([name, [payload, sentence]]) => [code(name), code(payload), sentence])
  return [
    opening('Events and reasons', 'src/core/reasons.ts and scripts/docs/events.ts', about),
    table(['Event', 'Listener gets', 'When'], rows),
    reasons('Why a message was dropped', '`drop` events, and `drops` in `stats()`.', dropReasons),
    reasons('Why a connection was refused', '`reject` events, and `rejects` in `stats()`.', rejectReasons),
    reasons('Why a pipe ended', '`detach` events.', detachReasons)
  ].join('\n')
}

function reasons(title: string, where: string, sentences: Readonly<Record<string, string>>): string {
  const rows = Object.entries(sentences).map(([name, sentence]) => [code(name), sentence])
  return `## ${title}\n\n${where}\n\n${table(['Reason', 'What happened'], rows)}`
}
