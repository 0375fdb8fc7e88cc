/**
 * `npm run demo`: a cluster on this host, with nothing to start but its members. Three processes serve `resize`, two
 * `time`; a client calls them by name. One is killed in the middle of 200 calls, and nothing is lost; one is frozen and
 * passed over; a tunnel carries a file. Ends by itself after a few seconds.
 */
import { compile } from './compile.ts'
import { Member, say } from './staff.ts'

setTimeout(() => {
  throw new Error('the demo did not end within 30 s')
}, 30_000).unref()

// A network of its own, so that two demos do not meet.
process.env.NETWORK = `demo-${process.pid}`

const [serviceProgram = '', clientProgram = ''] = await compile('../cluster/service.ts', './client.ts')

const staff: Member[] = []
const start = (name: string, file: string, ...args: string[]): Member => {
  const member = new Member(name, file, ...args)
  staff.push(member)
  return member
}
const service = (name: string, ...names: string[]): Member => start(name, serviceProgram, ...names)

const resizers = [1, 2, 3].map((n) => service(`resize-${n}`, 'resize'))
const others = [service('time-1', 'time', 'answer'), service('time-2', 'time')]
const client = start('client', clientProgram)
await Promise.all([...resizers, ...others].map((member) => member.reported()))
await client.reported()

const [doomed, frozen] = resizers as [Member, Member, Member]
client.tell('call')
await client.reported()
await doomed.kill()
say('demo', 'resize-1 is killed, in the middle of 200 calls')
await client.reported()

frozen.freeze()
say('demo', 'resize-2 is frozen')
client.tell('call again')
await client.reported()
frozen.thaw()
say('demo', 'resize-2 goes on')

client.tell('send the file')
const { whole } = await client.reported()

for (const member of staff.reverse()) if (member !== doomed) await member.dismiss()
say('demo', whole === true ? 'done' : 'the file is damaged')
process.exitCode = whole === true ? 0 : 1
