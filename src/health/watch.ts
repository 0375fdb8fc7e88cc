/** What readiness asks of a socket: endpoints bound, peers attached, queues short. */
import type { Socket } from '../index.ts'
import { range } from '../rules.ts'
import type { Rules } from './rules.ts'

/** What makes a watched socket ready. */
export interface WatchOptions {
  /** At least so many listeners are listening. Default 0. */
  bound?: number | undefined
  /** At least so many peers are attached. Default 0. */
  peers?: number | undefined
  /** At most so many messages wait to leave, all peers together. Default: no bound. */
  sendQueue?: number | undefined
  /** At most so many messages wait to be received. Default: no bound. */
  recvQueue?: number | undefined
}

export const watchRules: Rules<WatchOptions> = {
  bound: range(0),
  peers: range(0),
  sendQueue: range(0),
  recvQueue: range(0)
}

/** Throws the first thing that is not as it should be. */
export function checkSocket(socket: Socket, options: WatchOptions): void {
  const { bound = 0, peers = 0, sendQueue = Infinity, recvQueue = Infinity } = options
  if (socket.state !== 'open') throw new Error(`${socket.name} is ${socket.state}`)
  const stats = socket.stats()
  const listening = stats.endpoints.filter(({ kind, state }) => kind === 'listener' && state === 'listening').length
  if (listening < bound) throw new Error(`${socket.name} listens at ${listening} of ${bound} addresses`)
  if (stats.currentConnections < peers) {
    throw new Error(`${socket.name} has ${stats.currentConnections} of ${peers} peers`)
  }
  const waiting = { sendQueue: 0, recvQueue: 0 }
  for (const pipe of stats.pipes) {
    waiting.sendQueue += pipe.sendQueue
    waiting.recvQueue += pipe.recvQueue
  }
  if (waiting.sendQueue > sendQueue) {
    throw new Error(`${waiting.sendQueue} messages wait to leave ${socket.name}, more than ${sendQueue}`)
  }
  if (waiting.recvQueue > recvQueue) {
    throw new Error(`${waiting.recvQueue} messages wait in ${socket.name}, more than ${recvQueue}`)
  }
}
