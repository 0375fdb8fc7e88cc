/**
 * Threads of Node: a broadcast channel tells all threads of the process, and `postMessageToThread` hands one of them the
 * port of a message channel. Neither needs to have been told of the other.
 */
import * as workerThreads from 'node:worker_threads'
import { SpError } from '../../core/errors.ts'
import { type Channel, type Port, PortChannel } from './channel.ts'
import { type Claim, Claims } from './claims.ts'
import type { Call, Ground, Neighbour, Notice, Place } from './ground.ts'

const { BroadcastChannel, MessageChannel, threadId } = workerThreads
// By its object: early versions of Node 22 do not have it.
const { postMessageToThread } = workerThreads

/** Copies of hubless that understand each other have the same; others are not heard. */
const language = 'hubless/threads 1'

/** A call, as `process.on('workerMessage')` gets it. */
interface Letter {
  readonly [language]: string
  readonly call?: Call
  readonly port?: Port
}

export class NodeGround implements Ground {
  readonly here: Place = { member: crypto.randomUUID(), thread: threadId }
  readonly #claims: Claims
  #channel: (workerThreads.BroadcastChannel & { ref?(): void; unref?(): void }) | undefined
  #neighbour: Neighbour | undefined

  constructor() {
    this.#claims = new Claims({
      ...this.here,
      tell: (claim) => this.#channel?.postMessage(claim),
      lives: (thread) => postMessageToThread(thread, { [language]: '' }).then(yes, no),
      lost: (name) => this.#neighbour?.lost(name)
    })
  }

  join(neighbour: Neighbour): void {
    if (typeof postMessageToThread !== 'function') {
      throw new SpError('ENOTSUP', {
        message: 'thread:// needs worker_threads.postMessageToThread: Node 20.19 or 22.5'
      })
    }
    this.#neighbour = neighbour
    this.#channel = new BroadcastChannel(language)
    this.#channel.onmessage = (event) => {
      const notice = (event as { data: Notice | Claim }).data
      if (notice.kind === 'seek' || notice.kind === 'bound') neighbour.heard(notice)
      else this.#claims.heard(notice)
    }
    process.on('workerMessage', (letter: Letter | undefined) => {
      if (letter?.[language] !== this.here.member || letter.port === undefined || letter.call === undefined) return
      neighbour.called(letter.call, new PortChannel(letter.port))
    })
  }

  tell(notice: Notice): void {
    this.#channel?.postMessage(notice)
  }

  claim(name: string): Promise<boolean> {
    return this.#claims.claim(name)
  }

  release(name: string): void {
    this.#claims.release(name)
  }

  async call(place: Place, call: Call): Promise<Channel> {
    const { port1, port2 } = new MessageChannel()
    const letter = { [language]: place.member, call, port: port2 }
    // Two copies of the package in one thread: a thread may not write to itself.
    if (place.thread === threadId) process.emit('workerMessage', letter, threadId)
    // Only that it failed is of interest: the answer comes over the port, and sooner.
    else postMessageToThread(place.thread, letter, [port2]).catch(() => port1.close())
    return new PortChannel(port1 as unknown as Port)
  }

  stay(needed: boolean): void {
    if (needed) this.#channel?.ref?.()
    else this.#channel?.unref?.()
  }

  soon(task: () => void): void {
    process.nextTick(task)
  }

  allocate(size: number): Uint8Array<ArrayBuffer> {
    return Buffer.allocUnsafeSlow(size) as Uint8Array<ArrayBuffer>
  }
}

const yes = (): boolean => true
const no = (): boolean => false
