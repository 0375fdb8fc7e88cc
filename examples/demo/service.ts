/** A service: answers requests on a port of its own, and announces where. Arguments: its name and the discovery's URL. */
import { Rep } from 'hubless'
import { announce } from 'hubless/discovery'
import { untilDismissed } from './staff.ts'

const replies: Record<string, () => string> = {
  time: () => `It is ${new Date().toLocaleTimeString('en-GB')}`,
  answer: () => 'The answer is 42'
}
const [name = 'time', id = name, discovery = ''] = process.argv.slice(2)
const reply = replies[name]
if (reply === undefined) throw new Error(`no such service: ${name}`)

await using rep = new Rep()
const { url } = await rep.bind('tcp://127.0.0.1:0')
rep.serve(({ body }) => {
  console.log(`is asked: ${body}`)
  return reply()
})

await using announcement = announce({ name, id, urls: [url] }, { stats: () => rep.stats() })
announcement.connect(discovery)
console.log(`serves '${name}' at ${url}`)
await untilDismissed()
