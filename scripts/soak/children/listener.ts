/** One listener under load: a PUB with thousands of subscribers, or a PULL to which peers come and go. */
import { Pub, Pull } from 'hubless'
import { answer } from '../../processes/answer.ts'
import { sample } from '../gauge.ts'

const [pub, pull] = [new Pub({ sendBuffer: 65_536 }), new Pull()]
let pulled = 0

answer({
  bind: async (): Promise<string[]> => {
    const urls = await Promise.all([pub, pull].map(async (one) => (await one.bind('tcp://127.0.0.1:0')).url))
    void (async () => {
      for await (const _ of pull) pulled++
    })()
    return urls
  },
  waitForPeers: async (count: number) => void (await pub.waitForPeers(count, { timeout: 120_000 })),
  /** Publishes until a message was dropped: whoever is there and reads nothing is full then. */
  fill: async (): Promise<void> => {
    while (pub.stats().drops['queue-full'] === undefined) await pub.send(Buffer.alloc(16_384))
  },
  /** Publishes for so many ms, and resolves with how many messages that were. */
  publish: async (size: number, ms: number): Promise<number> => {
    const end = performance.now() + ms
    let sent = 0
    for (; performance.now() < end; sent++) await pub.send(Buffer.alloc(size))
    return sent
  },
  counts: () => ({ pulled, peers: pub.peers.length + pull.peers.length, drops: pub.stats().drops }),
  sample
})
