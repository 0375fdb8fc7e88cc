/** A client: finds services, calls each of them, and looks again when told to. Argument: the discovery's URL. */
import { Req } from 'hubless'
import { Directory, type Service } from 'hubless/discovery'
import { report, untilDismissed, untilTold } from './staff.ts'

const [discovery = '', expected = '3'] = process.argv.slice(2)
await using directory = new Directory()
await directory.connect(discovery).whenConnected()

const call = async ({ id, urls }: Service): Promise<void> => {
  await using req = new Req()
  for (const url of urls) req.connect(url)
  console.log(`${id}: ${await req.request('well?', { timeout: 2000 })}`)
}

const survey = async (): Promise<void> => {
  const services = await directory.list({ deadline: 300 })
  services.sort((a, b) => a.id.localeCompare(b.id))
  console.log(`a survey finds ${services.length}: ${services.map(({ id }) => id).join(', ')}`)
  for (const service of services) await call(service)
}

// Services that have just been started may not have joined yet.
const all = { count: Number(expected), deadline: 300 }
while ((await directory.list(all)).length < all.count);

await survey()
report({ surveys: 1 })
await untilTold('look again')
await survey()
report({ surveys: 2 })
await untilDismissed()
