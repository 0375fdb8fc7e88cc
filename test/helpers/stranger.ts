/** A peer of clusters that says whatever the test wants, as bytes, and keeps what it hears. */
import type { Body, Incoming, Pipe } from 'hubless'
import { LinkSocket } from '../../src/cluster/engine/link-socket.ts'
import { closeLater } from './clusters.ts'

/** The first two words of a message, and what follows. */
export interface Heard {
  readonly word: number
  readonly number: number
  readonly body: string
}

export function stranger(attached: (pipe: Pipe) => void = () => {}): {
  socket: LinkSocket
  received: Heard[]
  pipes: Pipe[]
} {
  const received: Heard[] = []
  const pipes: Pipe[] = []
  const socket = new LinkSocket(
    {
      attach: (pipe) => {
        pipes.push(pipe)
        attached(pipe)
      },
      detach: () => {},
      writable: () => {},
      receive: (_pipe, message: Incoming) => {
        received.push({ word: message.word(), number: message.word(), body: String(message.body()) })
      }
    },
    {}
  )
  closeLater({ close: () => socket.close({ linger: 0 }) })
  return { socket, received, pipes }
}

export const json = (value: unknown): Body => Buffer.from(JSON.stringify(value)) as Body
