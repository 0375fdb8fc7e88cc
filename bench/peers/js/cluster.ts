/**
 * hubless by name: members of a cluster that know each other's addresses. `url` is one of them for who serves, and all
 * of them, with commas, for who calls. The patterns are request, broadcast and publish.
 */
import { Cluster, fixed } from 'hubless/cluster'
import { type Args, askAll, bodies, Meter, main, over, ready, Sending } from './bench.ts'

const name = 'bench'
const network = 'bench'
const recvMaxSize = 16_777_216
/** More than is sent: nothing is dropped for want of patience. */
const queue = { queue: 1e7, queueBytes: 1e10 }

/** Sees nobody, and is seen by its address. */
const member = ({ url }: Args): Cluster => new Cluster({ network, members: fixed([]), bind: url, recvMaxSize })

async function caller({ url, many, pattern }: Args, members = many): Promise<Cluster> {
  const cluster = new Cluster({ network, members: fixed(url.split(',')), recvMaxSize })
  await cluster.ready()
  if (pattern === 'publish') return cluster
  while (cluster.members(name).length < members) await new Promise((resolve) => setTimeout(resolve, 10))
  return cluster
}

async function reply(args: Args): Promise<void> {
  const cluster = member(args)
  await cluster.serve(name, { request: ({ body }) => body }, { concurrency: 1024 })
  ready()
  await over()
}

async function ask(args: Args): Promise<void> {
  const cluster = await caller(args, 1)
  ready()
  const body = Buffer.alloc(args.size)
  await askAll(args, () => cluster.request(name, body))
}

async function recv(args: Args): Promise<void> {
  const cluster = member(args)
  const meter = new Meter(args)
  if (args.pattern === 'publish') {
    const publications = await cluster.subscribe(name, queue)
    ready()
    for await (const { body } of publications) if (meter.take(body)) break
  } else {
    const got = new Promise<void>((resolve) => {
      void cluster.serve(name, { broadcast: ({ body }) => void (meter.take(body) && resolve()) }, queue).then(ready)
    })
    await got
  }
  meter.report()
}

async function send(args: Args): Promise<void> {
  const cluster = await caller(args)
  const body = bodies(args)
  const one = args.pattern === 'publish' ? () => cluster.publish(name, body()) : () => cluster.broadcast(name, body())
  // The first reaches everyone, or waits until it does.
  const reached = await one()
  if (reached < args.many) throw new Error(`reaches ${reached} of ${args.many}`)
  ready()
  const sending = new Sending(args)
  while (sending.next()) await one()
  sending.report()
  await over()
}

await main({ send, recv, ask, reply })
