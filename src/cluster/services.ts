/** The services of an instance: each offered to every engine, each with a handle by which the application closes it. */
import { check, duration, invalid } from '../rules.ts'
import type { Bytes } from './bytes.ts'
import type { Engine, EngineHost, Registration } from './engine/engine.ts'
import type { resolveServeOptions } from './options.ts'
import { ServiceDesk, type ServiceState } from './service.ts'
import type { TunnelSettings } from './tunnel/tunnel.ts'
import type { Handlers, ServiceStats } from './types.ts'

/** A service that this instance offers. */
export interface Service {
  /** Name of the service. */
  readonly name: string
  /** What callers see of this member. */
  readonly metadata: Readonly<Record<string, string>>
  /** Whether it is open, draining or closed. */
  readonly state: ServiceState
  /** Counters, as plain JSON. */
  stats(): ServiceStats
  /**
   * Leaves: tells callers, finishes what it holds for at most `timeout` ms (default: that of the cluster), then closes.
   * No request is lost.
   */
  close(options?: { readonly timeout?: number | undefined }): Promise<void>
  /** As `close()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>
}

type Limits = ReturnType<typeof resolveServeOptions>

export class Services<Out, In> {
  readonly #bytes: Bytes<Out, In>
  readonly #host: EngineHost
  readonly #engines: readonly Engine[]
  readonly #settings: TunnelSettings
  readonly #desks: Map<string, ServiceDesk<Out, In>> = new Map()
  readonly #handles: Set<Service> = new Set()

  constructor(bytes: Bytes<Out, In>, host: EngineHost, engines: readonly Engine[], settings: TunnelSettings) {
    this.#bytes = bytes
    this.#host = host
    this.#engines = engines
    this.#settings = settings
  }

  /** Resolves when members know of it and of what is offered beside it. Throws `EINVAL` for a name that is served already. */
  async offer(
    name: string,
    handlers: Handlers<Out, In>,
    limits: Limits,
    beside: () => Promise<unknown>
  ): Promise<Service> {
    if (this.#desks.has(name)) throw invalid(`this cluster serves ${name} already; close that service first`)
    const desk = new ServiceDesk(name, handlers, limits, this.#bytes, this.#host, this.#settings)
    this.#desks.set(name, desk)
    try {
      // Together, so that they are one announcement.
      const own = Promise.all(this.#engines.map((engine) => engine.offer(desk)))
      const [offered] = await Promise.all([own, beside()])
      return this.#handle(desk, offered, limits.signal)
    } catch (error) {
      this.#desks.delete(name)
      throw error
    }
  }

  stats(): readonly ServiceStats[] {
    return Array.from(this.#desks.values(), (desk) => desk.stats())
  }

  async close(timeout: number): Promise<void> {
    await Promise.all(Array.from(this.#handles, (service) => service.close({ timeout })))
  }

  #handle(desk: ServiceDesk<Out, In>, offered: readonly Registration[], signal: AbortSignal | undefined): Service {
    let closing: Promise<void> | undefined
    const leave = async (timeout: number): Promise<void> => {
      signal?.removeEventListener('abort', onAbort)
      // First nobody sends any more, then the rest is done.
      await Promise.all(offered.map((registration) => registration.withdraw()))
      await desk.drain(timeout)
      this.#desks.delete(desk.name)
      this.#handles.delete(service)
    }
    const service: Service = {
      name: desk.name,
      metadata: desk.metadata,
      get state() {
        return desk.state
      },
      stats: () => desk.stats(),
      close: ({ timeout = this.#settings.timeout } = {}) => {
        check('option timeout', duration, timeout)
        closing ??= leave(timeout)
        return closing
      },
      [Symbol.asyncDispose]: () => service.close()
    }
    const onAbort = (): void => void service.close()
    signal?.addEventListener('abort', onAbort, { once: true })
    this.#handles.add(service)
    return service
  }
}
