/** The two calls that one member is to take: a request, which asks it, and the opening of a tunnel, which finds a way there. */
import type { Body } from 'hubless'
import type { OutgoingCall, TunnelCarrier } from './engine.ts'
import type { Pool } from './pool.ts'
import { type Caller, SingleCall } from './single-call.ts'
import type { Asking, Opening, Target } from './target.ts'

export class RequestCall extends SingleCall<Body> implements Asking {
  readonly #body: Body
  #number = 0
  protected readonly verb = 'request'

  constructor(
    engine: Caller,
    pool: Pool,
    body: Body,
    call: OutgoingCall,
    resolve: (value: Body) => void,
    reject: (error: unknown) => void
  ) {
    super(engine, pool, call, body.length, resolve, reject)
    this.#body = body
  }

  answer(from: Target, body: Body): void {
    if (this.settled) return
    from.took?.(this.deadline - this.timeout)
    this.resolve(body)
  }

  protected transmit(target: Target): void {
    this.#number = target.ask('request', this.pool.name, this.#body, this.call.deadline, this)
  }

  protected cancel(target: Target): void {
    target.cancel(this.#number)
  }
}

export class TunnelCall extends SingleCall<TunnelCarrier> implements Opening {
  protected readonly verb = 'tunnel'

  constructor(
    engine: Caller,
    pool: Pool,
    call: OutgoingCall,
    resolve: (value: TunnelCarrier) => void,
    reject: (error: unknown) => void
  ) {
    super(engine, pool, call, 0, resolve, reject)
  }

  opened(carrier: TunnelCarrier): void {
    if (this.settled) carrier.close()
    else this.resolve(carrier)
  }

  protected transmit(target: Target): void {
    this.engine.open(target, this.pool.name, this.call.deadline, this)
  }

  /** It is closed when it turns out to be open. */
  protected cancel(): void {}
}
