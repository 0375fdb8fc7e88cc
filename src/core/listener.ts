/** A listener accepts any number of connections at one address until it is closed. */
import { Endpoint, type EndpointOwner } from './endpoint.ts'
import { fromSystem, SpError } from './errors.ts'
import { Once } from './once.ts'
import type { ResolvedEndpointOptions } from './options.ts'
import type { Pipe } from './pipe.ts'
import { Machine, type StateTable } from './state-machine.ts'
import { type Binding, type Connection, type ParsedUrl, Refusal } from './transport.ts'

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

export class Listener extends Endpoint {
  readonly kind = 'listener'
  readonly #machine = new Machine(listenerStates)
  #binding: Binding | undefined
  readonly #closing = new Once()

  constructor(owner: EndpointOwner, url: string, parsed: ParsedUrl, options: ResolvedEndpointOptions) {
    super(owner, url, parsed, options)
  }

  /** The address with the real port; good for connecting as it is. */
  override get url(): string {
    return this.#binding?.url ?? super.url
  }

  get state(): ListenerState {
    return this.#machine.state
  }

  /** For the core. */
  async start(): Promise<void> {
    try {
      const binding = await this.parsed.transport.listen({
        ...this.request(),
        admit: () => this.owner.admit(),
        authorize: (info) => this.authorize(info),
        accept: (connection) => this.#accept(connection),
        refuse: (refusal) => {
          this.count('acceptedConnections')
          this.#refused(refusal)
        },
        failed: (error) => this.#acceptFailed(error)
      })
      if (this.#machine.state === 'closed') {
        await binding.close()
        throw new SpError('EBADF', { message: `the socket was closed while binding ${this.url}`, endpoint: this.url })
      }
      this.#binding = binding
    } catch (error) {
      if (this.#machine.state === 'binding') this.#machine.fire('failed')
      this.count('bindErrors')
      throw fromSystem(error, this.url, 'binding')
    }
    this.#machine.fire('bound')
  }

  /** Stops accepting and closes the pipes, delivering what was sent for at most the socket's `linger`. */
  async close(): Promise<void> {
    await this.shut(this.owner.context.options.linger)
  }

  /** For the core. */
  shut(linger: number): Promise<void> {
    return this.#closing.run(() => this.#shut(linger))
  }

  ended(_pipe: Pipe): void {}

  async #shut(linger: number): Promise<void> {
    if (this.#machine.state !== 'closed') this.#machine.fire('close')
    await Promise.all([this.#binding?.close(), ...[...this.pipes].map((pipe) => pipe.close(linger))])
    this.owner.forget(this)
  }

  #accept(connection: Connection): Refusal | undefined {
    this.count('acceptedConnections')
    this.lastError = undefined
    if (this.#machine.state === 'closed') {
      void connection.close(0)
      return new Refusal('closed', `${this.url} is closed`, connection.info.remote)
    }
    const asked = this.authorize(connection.info)
    if (asked === undefined) return this.#join(connection)
    void asked.then((refusal) => {
      if (refusal === undefined) this.#join(connection)
      else {
        void connection.close(0)
        this.#refused(refusal)
      }
    })
    return undefined
  }

  #join(connection: Connection): Refusal | undefined {
    const result = this.owner.attach(this, connection)
    if (!(result instanceof Refusal)) return undefined
    this.#refused(result)
    return result
  }

  #refused(refusal: Refusal): void {
    this.count('brokenConnections')
    const error = new SpError(refusal.reason === 'handshake-timeout' ? 'ETIMEDOUT' : 'EPROTO', {
      message: refusal.message,
      endpoint: this.url,
      cause: refusal.cause
    })
    this.refused(refusal, error)
  }

  #acceptFailed(error: unknown): void {
    this.count('acceptErrors')
    this.lastError = fromSystem(error, this.url, 'accepting on')
  }
}
