/** A listener accepts any number of connections at one address until it is closed. */
import { Endpoint, type EndpointOwner } from './endpoint.ts'
import { fromSystem, SpError } from './errors.ts'
import type { LivePipe } from './live-pipe.ts'
import type { ResolvedEndpointOptions } from './options.ts'
import type { DetachReason } from './reasons.ts'
import { Machine, type StateTable } from './state-machine.ts'
import { type Binding, type ParsedUrl, Refusal } from './transport.ts'

/** Where a listener stands. */
export type ListenerState = 'binding' | 'listening' | 'closed'
export type ListenerEvent = 'bound' | 'failed' | 'close'

export const listenerStates: StateTable<ListenerState, ListenerEvent> = {
  name: 'listener',
  initial: 'binding',
  transitions: {
    binding: { bound: 'listening', failed: 'closed', close: 'closed' },
    listening: { close: 'closed' },
    closed: {}
  }
}

/** Takes connections at an address; what `bind` resolves to. */
export class Listener extends Endpoint {
  /** That it listens. */
  readonly kind = 'listener'
  readonly #machine = new Machine(listenerStates)
  readonly #target: ParsedUrl
  /** How many peers it has, by where they are. */
  readonly #hosts = new Map<string, number>()
  #binding: Binding | undefined

  constructor(owner: EndpointOwner, url: string, options: ResolvedEndpointOptions) {
    super(owner, url, options)
    this.#target = this.parse(url, 'bind')
  }

  /** The address with the real port; good for connecting as it is. */
  override get url(): string {
    return this.#binding?.url ?? super.url
  }

  /** Whether it listens or is closed. */
  get state(): ListenerState {
    return this.#machine.state
  }

  /** For the core. */
  async start(): Promise<void> {
    try {
      const binding = await this.#target.transport.listen({
        ...this.request(this.#target),
        exclusive: this.owner.exclusive,
        admit: (address = '') => this.full(address) ?? this.owner.admit(address),
        authorize: (info) => this.authorize(info),
        accept: (connection) => {
          this.count('acceptedConnections')
          this.lastError = undefined
          return this.take(connection)
        },
        refuse: (refusal) => {
          this.count('acceptedConnections')
          this.count('brokenConnections')
          this.refused(refusal)
        },
        failed: (error) => {
          this.count('acceptErrors')
          this.lastError = fromSystem(error, this.url, 'accepting on')
        }
      })
      if (this.#machine.state === 'closed') {
        await binding.close()
        throw new SpError('EBADF', { endpoint: this.url })
      }
      this.#binding = binding
    } catch (error) {
      if (this.#machine.state === 'binding') this.#machine.fire('failed')
      this.count('bindErrors')
      this.owner.forget(this)
      throw fromSystem(error, this.url, 'binding')
    }
    this.#machine.fire('bound')
  }

  override joined({ address }: LivePipe): void {
    this.#from(address, 1)
  }

  override left(pipe: LivePipe, reason: DetachReason, cause: unknown): void {
    this.#from(pipe.address, -1)
    super.left(pipe, reason, cause)
  }

  protected override full(address: string): Refusal | undefined {
    const { maxConnections, maxConnectionsPerHost } = this.options
    if (this.pipes.size < maxConnections && this.#from(address, 0) < maxConnectionsPerHost) return undefined
    return new Refusal('limit', `${this.url} takes no more`, address)
  }

  /** How many peers it has from there, after `change`. */
  #from(address: string, change: number): number {
    const host = hostOf(address)
    const count = (this.#hosts.get(host) ?? 0) + change
    if (count > 0) this.#hosts.set(host, count)
    else this.#hosts.delete(host)
    return count
  }

  protected stop(): Promise<void> | undefined {
    if (this.#machine.state !== 'closed') this.#machine.fire('close')
    return this.#binding?.close()
  }
}

/** An address of a peer without the port or number that only this connection has. */
function hostOf(address: string): string {
  return address.replace(/[:#]\d+$/, '')
}
