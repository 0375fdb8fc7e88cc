/** A listener accepts any number of connections at one address until it is closed. */
import type { Door } from './door.ts'
import { Endpoint, type EndpointOwner } from './endpoint.ts'
import { fromSystem, SpError } from './errors.ts'
import type { LivePipe } from './live-pipe.ts'
import type { ResolvedEndpointOptions } from './options.ts'
import type { DetachReason } from './reasons.ts'
import { Machine, type StateTable } from './state-machine.ts'
import type { Binding, ParsedUrl, Refusal } from './transport.ts'

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

let openDoor: ((options: ResolvedEndpointOptions) => Door) | undefined

/** Listeners that are made from now on have such a door. For the entries. */
export function guardListeners(open: (options: ResolvedEndpointOptions) => Door): void {
  openDoor = open
}

/** Takes connections at an address; what `bind` resolves to. */
export class Listener extends Endpoint {
  /** That it listens. */
  readonly kind = 'listener'
  readonly #machine = new Machine(listenerStates)
  readonly #target: ParsedUrl
  readonly #door: Door | undefined
  #binding: Binding | undefined

  constructor(owner: EndpointOwner, url: string, options: ResolvedEndpointOptions) {
    super(owner, url, options)
    this.#target = this.parse(url, 'bind')
    this.#door = openDoor?.(options)
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
    const { transport } = this.#target
    try {
      if (transport.listen === undefined) throw new SpError('ENOTSUP', { message: `nobody can listen at ${this.url}` })
      const binding = await transport.listen({
        ...this.request(this.#target),
        exclusive: this.owner.exclusive,
        door: this.#door,
        admit: (address = '') => this.full(address) ?? this.owner.admit(address),
        authorize: (info) => this.judge?.ask(info),
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

  joined({ address }: LivePipe): void {
    this.#door?.count(address, 1)
  }

  override left(pipe: LivePipe, reason: DetachReason, cause: unknown): void {
    this.#door?.count(pipe.address, -1)
    super.left(pipe, reason, cause)
  }

  protected override full(address: string): Refusal | undefined {
    return this.#door?.full(address)
  }

  protected stop(): Promise<void> | undefined {
    if (this.#machine.state !== 'closed') this.#machine.fire('close')
    return this.#binding?.close()
  }
}
