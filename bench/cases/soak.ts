/** Ten minutes at full speed: what every minute moved, and the memory of both processes at its end. */
import { freeAddress } from '../harness/address.ts'
import type { Case, Effort, Figures } from '../harness/case.ts'
import { costMetrics, costs } from '../harness/costs.ts'
import { sum } from '../harness/crowd.ts'
import { PeerProcess, type Report } from '../harness/process.ts'

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
        { name: 'receiver', unit: 'MiB', better: 'less' },
        ...costMetrics('sender', 'receiver')
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
    const sent: Report[] = []
    const received: Report[] = []
    for (let left = reports; left > 0; left--) {
      const [ofSender, ofReceiver] = await Promise.all([sender.report(), receiver.report()])
      sent.push(ofSender)
      received.push(ofReceiver)
    }
    if (last) await Promise.all([sender, receiver].map((one) => one[Symbol.asyncDispose]()))
    const { messages, seconds } = sum(received)
    return {
      rate: messages / seconds,
      sender: memory(sent),
      receiver: memory(received),
      ...costs({ sender: sum(sent), receiver: sum(received) })
    }
  }
}

/** Resident, in the last of the reports. */
function memory(reports: readonly Report[]): number {
  return (reports.at(-1)?.rss ?? 0) / mebibyte
}

async function start(): Promise<[PeerProcess, PeerProcess]> {
  const common = { peer: 'soak', pattern: 'pipeline', url: await freeAddress('tcp'), size: 64, count: 0 }
  const receiver = await new PeerProcess({ ...common, role: 'recv', end: 'listen' }).ready()
  return [receiver, await new PeerProcess({ ...common, role: 'send', end: 'dial' }).ready()]
}
