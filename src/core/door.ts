/**
 * Who may come in by a listener: how many peers at a time, in all and from one host, and how many connections a second.
 * One whose handshake is not done yet counts as a peer. Where there are as many as there may be, a silent stranger keeps
 * nobody out: the oldest handshake gives way. Pages have none of this, since no stranger reaches a listener of theirs.
 */
import type { ResolvedEndpointOptions } from './options.ts'
import { type OptionRule, option, range } from './rules.ts'
import { type Arrival, type DoorKeeper, Refusal, type Sending } from './transport.ts'

const many = option(Infinity, range(1))

export const doorOptions: Readonly<Record<'maxConnections' | 'maxConnectionsPerHost' | 'maxConnectRate', OptionRule>> =
  {
    maxConnections: many,
    maxConnectionsPerHost: many,
    maxConnectRate: many
  }

export class Door implements DoorKeeper {
  readonly sending: Sending = { waiting: 0 }
  readonly #options: ResolvedEndpointOptions
  readonly #peers = new Crowd()
  readonly #shaking = new Crowd()
  /** The oldest first. */
  readonly #arrivals: Set<Arrival> = new Set()
  /** Connections that may come now, and when that was so. */
  #allowed: number
  #since = performance.now()

  constructor(options: ResolvedEndpointOptions) {
    this.#options = options
    this.#allowed = options.maxConnectRate
  }

  /** A connection came. Returns why it may not stay; otherwise it counts until it departs. */
  arrive(arrival: Arrival): Refusal | undefined {
    const { address } = arrival
    const { maxConnections, maxConnectionsPerHost, maxConnectRate } = this.#options
    if (!this.#keepsPace()) return new Refusal('limit', `more than ${maxConnectRate} connections a second`, address)
    const here = this.#peers.from(address) + this.#shaking.from(address)
    if (here >= maxConnectionsPerHost) return takesNoMore(address)
    const full = this.full(address)
    if (full !== undefined) return full
    const [oldest] = this.#arrivals
    if (oldest !== undefined && this.#peers.size + this.#arrivals.size >= maxConnections) {
      oldest.giveWay(new Refusal('limit', 'an unfinished handshake gave way to the next', oldest.address))
    }
    this.#arrivals.add(arrival)
    this.#shaking.count(address, 1)
    return undefined
  }

  /** Its handshake is over, one way or the other. */
  depart(arrival: Arrival): void {
    if (this.#arrivals.delete(arrival)) this.#shaking.count(arrival.address, -1)
  }

  /** A peer joined (1) or left (-1). */
  count(address: string, change: number): void {
    this.#peers.count(address, change)
  }

  /** Why no further peer from there may join. */
  full(address: string): Refusal | undefined {
    const { maxConnections, maxConnectionsPerHost } = this.#options
    const room = this.#peers.size < maxConnections && this.#peers.from(address) < maxConnectionsPerHost
    return room ? undefined : takesNoMore(address)
  }

  /** Those of one second may come at once; then each has to wait for its part of a second. */
  #keepsPace(): boolean {
    const { maxConnectRate } = this.#options
    if (maxConnectRate === Infinity) return true
    const now = performance.now()
    this.#allowed = Math.min(maxConnectRate, this.#allowed + ((now - this.#since) / 1000) * maxConnectRate)
    this.#since = now
    if (this.#allowed < 1) return false
    this.#allowed--
    return true
  }
}

/** So many, by where they are. */
class Crowd {
  size = 0
  readonly #hosts = new Map<string, number>()

  from(address: string): number {
    return this.#hosts.get(hostOf(address)) ?? 0
  }

  count(address: string, change: number): void {
    this.size += change
    const here = this.from(address) + change
    if (here > 0) this.#hosts.set(hostOf(address), here)
    else this.#hosts.delete(hostOf(address))
  }
}

/** An address of a peer without the port or number that only this connection has, and what else its host may choose. */
function hostOf(address: string): string {
  return address.replace(/[:#]\d+$/, '').replace(/\[(.*)\]$/, (_, host: string) => networkOf(host))
}

/** Of IPv6 the /64: a host may have as many addresses in it as it likes. Not of this machine, nor of what stands for IPv4. */
function networkOf(address: string): string {
  if (address === '::1' || address.includes('.')) return address
  const [before = [], after = []] = address.split('::').map((part) => part.split(':').filter(Boolean))
  const between = new Array<string>(Math.max(0, 8 - before.length - after.length)).fill('0')
  return `${[...before, ...between, ...after].slice(0, 4).join(':')}::/64`
}

function takesNoMore(address: string): Refusal {
  return new Refusal('limit', 'the listener takes no more', address)
}
