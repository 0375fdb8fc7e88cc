/**
 * A stretch of network between a dialer and a listener, inside the process that tests: connect to `link.url` in place of
 * the listener's, and delay, lose, freeze or cut what crosses it.
 */
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { SpError } from 'hubless'
import { type Faults, type ResolvedFaults, resolveFaults } from './faults.ts'
import { type Conditions, Flow } from './flow.ts'

export type { Faults } from './faults.ts'

/** A listener, or its URL: any transport over TCP, with a port. */
export type LinkTarget = string | { readonly url: string }

/** `passing`: bytes cross. `frozen`: none do, and nobody is told. `cut`: connections are reset, new ones, too. */
export type LinkState = 'passing' | 'frozen' | 'cut' | 'closed'

interface Crossing {
  readonly ends: readonly [Socket, Socket]
  readonly flows: readonly [Flow, Flow]
}

/** A stretch of bad network in front of a listener. */
export class Link implements AsyncDisposable {
  /** What to connect to. */
  readonly url: string
  readonly #server: Server
  readonly #crossings = new Set<Crossing>()
  readonly #conditions: Conditions & { faults: ResolvedFaults }
  /** How connections end that broke while it was frozen. */
  #untold: (() => void)[] = []
  #state: LinkState = 'passing'
  #lost = 0

  /**
   * A link to a listener, which takes connections at once.
   *
   * @param target what it leads to: a listener, or a URL such as `tcp://127.0.0.1:5555`, `ws://…/path`, `tls+tcp://…`
   * @param faults what it does to bytes from the start
   * @param options `random` in place of `Math.random`, for runs that can be repeated: a number from 0 up to 1
   * @throws SpError `EINVAL` for a URL without a host and port, an unknown fault or a value out of range
   */
  static async to(target: LinkTarget, faults: Faults = {}, { random = Math.random } = {}): Promise<Link> {
    const parsed = parse(typeof target === 'string' ? target : target?.url)
    const resolved = resolveFaults(faults)
    checkLoss(resolved, parsed.scheme)
    const server = createServer({ allowHalfOpen: true })
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(0, '127.0.0.1', resolve)
    })
    return new Link(server, parsed, resolved, random)
  }

  private constructor(server: Server, target: ParsedTarget, faults: ResolvedFaults, random: () => number) {
    const link = this
    this.#server = server
    this.#conditions = {
      faults,
      random,
      get frozen() {
        return link.#state === 'frozen'
      },
      isLost() {
        const isLost = this.faults.loss > 0 && random() < this.faults.loss
        if (isLost) link.#lost++
        return isLost
      }
    }
    this.url = `${target.scheme}://127.0.0.1:${(server.address() as AddressInfo).port}${target.rest}`
    // One that cannot be accepted is one that does not cross.
    server.on('error', () => {})
    server.on('connection', (near) => this.#cross(near, target))
    // It keeps no process alive that has nothing else to do.
    server.unref()
  }

  /** Whether bytes cross, are held, or connections are reset. */
  get state(): LinkState {
    return this.#state
  }

  /** How many connections cross it now. */
  get connections(): number {
    return this.#crossings.size
  }

  /** How many messages vanished because of `loss`. */
  get lost(): number {
    return this.#lost
  }

  /** Changes what it does to bytes that enter it from now on. Throws `EINVAL`, and then changes nothing. */
  set(faults: Faults): void {
    const resolved = resolveFaults(faults, this.#conditions.faults)
    checkLoss(resolved, this.url.slice(0, this.url.indexOf(':')))
    this.#conditions.faults = resolved
  }

  /** Half-open: nothing crosses any more and nobody is told, as when a cable is pulled. New connections hang, too. */
  freeze(): void {
    this.#become('frozen')
  }

  /** Resets all connections, and new ones at once, until `heal()`. What was under way is gone. */
  cut(): void {
    this.#become('cut')
    this.#reset()
  }

  /** Lets bytes cross again after `freeze()`, none lost, and connections after `cut()`. */
  heal(): void {
    this.#become('passing')
    for (const tell of this.#untold.splice(0)) tell()
    for (const { flows } of this.#crossings) for (const flow of flows) flow.move()
  }

  /** Resets all connections and gives the port back. Closing again does nothing. */
  async close(): Promise<void> {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#reset()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  /** As `close()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #become(state: LinkState): void {
    if (this.#state === 'closed') throw new SpError('EBADF', { message: `the link ${this.url} is closed` })
    this.#state = state
  }

  #reset(): void {
    this.#untold = []
    for (const { ends, flows } of this.#crossings) {
      for (const flow of flows) flow.stop()
      for (const end of ends) end.resetAndDestroy()
    }
    this.#crossings.clear()
  }

  #cross(near: Socket, { host, port }: ParsedTarget): void {
    near.on('error', () => {})
    if (this.#state === 'cut') {
      near.resetAndDestroy()
      return
    }
    const far = connect({ host, port, allowHalfOpen: true, noDelay: true })
    far.on('error', () => {})
    near.setNoDelay(true)
    const flows = [new Flow(near, far, this.#conditions), new Flow(far, near, this.#conditions)] as const
    const crossing: Crossing = { ends: [near, far], flows }
    this.#crossings.add(crossing)
    const over = (): void => {
      if (!this.#crossings.delete(crossing)) return
      for (const flow of flows) flow.stop()
      for (const end of crossing.ends) end.destroy()
    }
    // The end of one is the end of the other; while frozen nobody learns of it.
    for (const end of crossing.ends) {
      end.once('close', () => {
        if (this.#state !== 'frozen') over()
        else this.#untold.push(over)
      })
    }
    for (const flow of flows) flow.move()
  }
}

function checkLoss({ loss }: ResolvedFaults, scheme: string): void {
  if (loss === 0 || scheme === 'tcp') return
  throw new SpError('EINVAL', { message: `loss is ${loss} over ${scheme}://; allowed is 0, and more over tcp:// only` })
}

interface ParsedTarget {
  readonly scheme: string
  readonly host: string
  readonly port: number
  /** What follows the port. */
  readonly rest: string
}

function parse(url: unknown): ParsedTarget {
  const [, scheme, host, port, rest] = /^([a-z+]+):\/\/(\[[^\]]+\]|[^:/[\]]+):(\d+)(\/.*)?$/.exec(String(url)) ?? []
  if (scheme === undefined || host === undefined || !(Number(port) > 0)) {
    throw new SpError('EINVAL', {
      message: `${JSON.stringify(url)} cannot be linked to; allowed is a URL with host and port, such as tcp://127.0.0.1:5555`
    })
  }
  const wildcard = host === '*' || host === '0.0.0.0' || host === '[::]'
  return { scheme, host: wildcard ? '127.0.0.1' : host.replace(/^\[|\]$/g, ''), port: Number(port), rest: rest ?? '' }
}
