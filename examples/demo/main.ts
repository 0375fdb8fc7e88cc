/**
 * `npm run demo`: five processes that find and call each other over TCP, without a broker. Two `time` services and one
 * `answer` service announce themselves; a client finds them by a survey and calls each; one is killed, and the next
 * survey does not find it any more. Ends by itself after a few seconds.
 */
import { Member, say } from './staff.ts'

setTimeout(() => {
  throw new Error('the demo did not end within 30 s')
}, 30_000).unref()

const staff: Member[] = []
const start = (name: string, file: string, ...args: string[]): Member => {
  const member = new Member(name, file, ...args)
  staff.push(member)
  return member
}

const discovery = start('discovery', './discovery.ts')
const { clients, services } = await discovery.reported()

const doomed = start('time-1', './service.ts', 'time', 'time-1', `${services}`)
start('time-2', './service.ts', 'time', 'time-2', `${services}`)
start('answer-1', './service.ts', 'answer', 'answer-1', `${services}`)
const client = start('client', './client.ts', `${clients}`, '3')
await client.reported()

await doomed.kill()
say('demo', 'time-1 is killed')
client.tell('look again')
await client.reported()

for (const member of staff.reverse()) if (member !== doomed) await member.dismiss()
say('demo', 'done')
