/** The long-lived process of the soak: a socket of every pattern, each bound to every address, serving whoever comes. */
import { Bus, Pub, Pull, Rep, Respondent } from 'hubless'
import { answer } from '../../processes/answer.ts'
import { sample } from '../gauge.ts'

const [rep, pull, pub, respondent, bus] = [new Rep(), new Pull(), new Pub(), new Respondent(), new Bus()]
const sockets = { rep, pull, pub, respondent, bus }
let pulled = 0
let published = 0

async function bind(places: readonly string[]): Promise<Record<string, string[]>> {
  const bound = Object.entries(sockets).map(async ([name, socket]) => {
    const listeners = places.map((place) => socket.bind(place.replace('PATTERN', name)))
    return [name, (await Promise.all(listeners)).map(({ url }) => url)] as const
  })
  return Object.fromEntries(await Promise.all(bound))
}

/** Resolves when its socket closes. */
async function publish(): Promise<void> {
  for (;;) {
    const body = Buffer.alloc(64 + (published % 1024))
    body.writeUInt32BE(published)
    await pub.send(body)
    published++
    // A stream without an end would leave nothing to the other patterns.
    if (published % 200 === 0) await new Promise((resolve) => setTimeout(resolve, 1))
  }
}

function start(): void {
  void rep.serve(({ body }) => body, { concurrency: 64 })
  void respondent.serve(({ body }) => body, { concurrency: 64 })
  publish().catch(() => {})
  void (async () => {
    for await (const _ of pull) pulled++
  })()
  void (async () => {
    for await (const body of bus) await bus.send(body)
  })().catch(() => {})
}

answer({
  bind,
  start,
  sample,
  moved: () => ({ pulled, published, peers: Object.values(sockets).reduce((all, { peers }) => all + peers.length, 0) }),
  close: async () => {
    await Promise.all(Object.values(sockets).map((socket) => socket.close()))
  }
})
