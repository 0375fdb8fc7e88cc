/** A device: forwards between two raw sockets, here from clients on TCP to workers in the same process. */
import { Rep, Req } from 'hubless'
import { device, Rep as RawRep, Req as RawReq } from 'hubless/raw'

const stop = new AbortController()
await using front = new RawRep()
await using back = new RawReq()
const { url } = await front.bind('tcp://127.0.0.1:0')
await back.bind('inproc://workers')
const running = device(front, back, {
  signal: stop.signal,
  filter: ({ body }, from) => from === back || body.length < 10 // long requests go nowhere
})

const workers = ['ann', 'ben'].map((name) => {
  const worker = new Rep({ name })
  worker.connect('inproc://workers')
  worker.serve(({ body }) => `${name}: ${body}`)
  return worker
})
await back.waitForPeers(2)

await using req = new Req()
req.connect(url)
for (const body of ['one', 'two', 'three']) console.log(`${await req.request(body)}`)
await req.request('a long request', { timeout: 50 }).catch((error) => console.log(error.code))

stop.abort('stopped')
console.log(await running.catch((reason) => reason))
await Promise.all(workers.map((worker) => worker.close()))

// Prints:
// ann: one
// ben: two
// ann: three
// ETIMEDOUT
// stopped
