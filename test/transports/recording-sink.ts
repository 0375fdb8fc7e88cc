/** A pipe that only writes down what its connection reports, in order: messages as text (latin1), the rest as arrays. */
import 'hubless'
import type { Body, ConnectionSink, Incoming } from 'hubless'

export class RecordingSink implements ConnectionSink {
  readonly seen: unknown[] = []
  /** The messages' bodies, as they were handed over. */
  readonly bodies: Body[] = []
  /** Runs inside the call that brings a message. */
  onMessage: (() => void) | undefined

  message(message: Incoming): void {
    const body = message.body()
    this.bodies.push(body)
    this.seen.push(body.toString('latin1'))
    this.onMessage?.()
  }

  writable(): void {
    this.seen.push(['writable'])
  }

  dropped(reason: string, details: object = {}): void {
    this.seen.push([reason, ...Object.values(details)])
  }

  closed(reason: string, cause?: unknown): void {
    this.seen.push(cause === undefined ? ['closed', reason] : ['closed', reason, cause])
  }
}
