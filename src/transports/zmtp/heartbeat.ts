/**
 * Signs of life. ZMTP 3.1, "Connection Heartbeating": a PING after every interval, and whatever the peer sends counts as an
 * answer. A PING says in turn how long its sender wants to be believed alive; a peer that is silent for longer is gone.
 * While we do not read we cannot know, so nobody is judged then.
 */
import type { Socket } from 'node:net'

/** libzmq multiplies tenths of seconds in 16 bits: above this it would cut at once. */
const mostTenths = 655

export interface HeartbeatOptions {
  readonly interval: number
  readonly timeout?: number | undefined
}

export class Heartbeat {
  readonly #stream: Socket
  #pings: NodeJS.Timeout | undefined
  #answer: NodeJS.Timeout | undefined
  /** How long the peer wants to be believed alive, ms; and the timer for it. */
  #ttl = 0
  #expiry: NodeJS.Timeout | undefined
  #heard = false
  #heardSince = false

  constructor(stream: Socket) {
    this.#stream = stream
    stream.once('close', () => this.#stop())
  }

  /** Begins to ask. `ping` sends a PING; `deaf` tells whether we do not read. */
  start({ interval, timeout = interval }: HeartbeatOptions, ping: (tenths: number) => void, deaf: () => boolean): void {
    if (this.#stream.destroyed) return
    const tenths = Math.min(Math.ceil((interval + timeout) / 100), mostTenths)
    this.#pings = setInterval(() => {
      ping(tenths)
      if (this.#answer !== undefined) return
      this.#heard = false
      this.#answer = setTimeout(() => {
        this.#answer = undefined
        if (!this.#heard && !deaf()) this.#giveUp(`no sign of life within ${timeout} ms of a PING`)
      }, timeout)
    }, interval)
  }

  /** Something arrived. */
  heard(): void {
    this.#heard = true
    this.#heardSince = true
  }

  /** The peer said how long it is to be believed alive. */
  expect(tenths: number, deaf: () => boolean): void {
    this.#ttl = tenths * 100
    clearTimeout(this.#expiry)
    this.#expiry = undefined
    if (this.#ttl > 0 && !this.#stream.destroyed) this.#watch(deaf)
  }

  #watch(deaf: () => boolean): void {
    this.#heardSince = false
    this.#expiry = setTimeout(() => {
      if (this.#heardSince || deaf()) this.#watch(deaf)
      else this.#giveUp(`silent for longer than the ${this.#ttl} ms that its PING asked for`)
    }, this.#ttl)
  }

  #giveUp(why: string): void {
    this.#stream.destroy(new Error(why))
  }

  #stop(): void {
    clearInterval(this.#pings)
    clearTimeout(this.#answer)
    clearTimeout(this.#expiry)
  }
}
