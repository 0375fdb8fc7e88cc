/** Two threads of one process, one producer and one consumer; beside the inproc of others, which have no threads in Node. */
import { freeAddress } from '../harness/address.ts'
import { type Case, type Effort, type Figures, fewRounds, messagesPerSecond, scaled } from '../harness/case.ts'
import { costMetrics } from '../harness/costs.ts'
import { nanomsg, zeromqJs } from '../harness/peers.ts'
import { figuresOf } from '../harness/process.ts'
import { pass } from './inproc.ts'

const sizes = [64, 1024, 65_536]
const messages = 1e6
const posted = 2e5
const bytes = 5e8

export function threads(effort: Effort): Case[] {
  return sizes.map((size) => {
    const count = scaled(Math.min(messages, bytes / size), effort)
    const fewer = scaled(Math.min(posted, bytes / size), effort)
    const others = [nanomsg, zeromqJs]
    return {
      name: `throughput/threads/thread/${size}`,
      metrics: [messagesPerSecond, ...costMetrics()],
      subjects: [
        { peer: { label: 'hubless' }, measure: () => between('thread', 'thread://bench', size, count) },
        { peer: { label: 'hubless ipc' }, measure: async () => between('ipc', await freeAddress('ipc'), size, count) },
        { peer: { label: 'bare postMessage' }, measure: () => between('postMessage', 'none', size, fewer) },
        ...others.map((peer) => ({ peer, measure: () => pass(peer, size, effort) }))
      ],
      rounds: fewRounds
    }
  })
}

function between(how: string, url: string, size: number, count: number): Promise<Figures> {
  return figuresOf('threads', how, url, String(size), String(count))
}
