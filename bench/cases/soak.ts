/** Ten minutes at full speed: what every minute moved, and the memory of both processes at its end. */
import { freeAddress } from '../harness/address.ts'
import type { Case, Effort, Figures } from '../harness/case.ts'
import { PeerProcess } from '../harness/process.ts'

const minutes = 10
const reportsPerMinute = 6
const mebibyte = 2 ** 20

export function soak({ scale }: Effort): Case[] {
  const pairs = new Pair()
  const reports = scale === 1 ? reportsPerMinute : 1
  return [
    {
      name: 'soak/tcp',
      metrics: [
        { name: 'rate', unit: 'messages/s', better: 'more' },
        { name: 'sender', unit: 'MiB', better: 'less' },
        { name: 'receiver', unit: 'MiB', better: 'less' }
      ],
      subjects: Array.from({ length: minutes }, (_, minute) => ({
        peer: { label: `minute ${minute + 1}` },
        measure: () => pairs.watch(reports, minute + 1 === minutes)
      })),
      rounds: 1
    }
  ]
}

/** The two processes, which run through all minutes. */
class Pair {
  #processes: readonly [PeerProcess, PeerProcess] | undefined

  async watch(reports: number, last: boolean): Promise<Figures> {
    this.#processes ??= await start()
    const [receiver, sender] = this.#processes
    let messages = 0
    let seconds = 0
    let rss = { sender: 0, receiver: 0 }
    for (let left = reports; left > 0; left--) {
      const [sent, received] = await Promise.all([sender.report(), receiver.report()])
      messages += received.messages
      seconds += received.end - received.begin
      rss = { sender: (sent.rss ?? 0) / mebibyte, receiver: (received.rss ?? 0) / mebibyte }
    }
    if (last) await Promise.all([sender, receiver].map((one) => one[Symbol.asyncDispose]()))
    return { rate: messages / seconds, ...rss }
  }
}

async function start(): Promise<[PeerProcess, PeerProcess]> {
  const common = { peer: 'soak', pattern: 'pipeline', url: await freeAddress('tcp'), size: 64, count: 0 }
  const receiver = await new PeerProcess({ ...common, role: 'recv', end: 'listen' }).ready()
  return [receiver, await new PeerProcess({ ...common, role: 'send', end: 'dial' }).ready()]
}
