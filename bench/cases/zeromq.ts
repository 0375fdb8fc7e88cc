/** The wire of ZeroMQ, beside that of SP and beside those who have no other. */
import { type Case, type Effort, fewRounds, lost, messagesPerSecond } from '../harness/case.ts'
import { hubless, hublessCurve, hublessZmtp, type Pattern, zeromqJs, zmq } from '../harness/peers.ts'
import { move } from './throughput.ts'

const patterns: Pattern[] = ['pipeline', 'pubsub']

export function zeromq(effort: Effort): Case[] {
  return patterns.flatMap((pattern) =>
    [64, 1024].map((size) => ({
      name: `zeromq/${pattern}/tcp/${size}`,
      metrics: pattern === 'pubsub' ? [messagesPerSecond, lost] : [messagesPerSecond],
      subjects: [hublessZmtp, hublessCurve, hubless, zmq, zeromqJs].map((peer) => ({
        peer,
        measure: () => move(peer, pattern, 'tcp', size, effort)
      })),
      rounds: fewRounds
    }))
  )
}
