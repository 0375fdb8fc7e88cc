/**
 * ROUTER of ZeroMQ: the first frame of a message says which peer it is from or for. Peers name themselves with the option
 * `zmtp.identity` or are named here; one that comes back under its name replaces the connection that it had. RFC 28.
 */
import type { BodyInput } from '../core/body.ts'
import type { SocketContext } from '../core/context.ts'
import { SpError } from '../core/errors.ts'
import { frameLengths, frameTable, splitFrames } from '../core/frame-table.ts'
import { type Incoming, writeWord } from '../core/incoming.ts'
import type { SocketOptions } from '../core/options.ts'
import { done } from '../core/pace.ts'
import type { Pipe } from '../core/pipe.ts'
import { type Body, platform } from '../core/platform.ts'
import type { Open, Protocol, ProtocolDefinition, Receiver, Sender } from '../core/protocol.ts'
import { Inbox } from '../core/routing/inbox.ts'
import type { Shape } from '../core/shape.ts'
import { checkWaitOptions, type Waiter, type WaitOptions, WaitQueue } from '../core/waiting.ts'
import { FramesSocket, framesShape, takeTable } from './frames.ts'

/** A message that waits for room on the pipe to its peer. */
interface Unsent {
  readonly pipe: Pipe
  readonly header: Uint8Array
  readonly body: Body
}

class RouterProtocol implements Protocol, Sender {
  readonly sender: Sender = this
  readonly receiver: Receiver
  readonly #inbox: Inbox
  readonly #context: SocketContext
  /** By the name of the peer, as hexadecimal digits. */
  readonly #peers: Map<string, Pipe> = new Map()
  readonly #unsent: WaitQueue<Unsent, void> = new WaitQueue('send')

  constructor(context: SocketContext) {
    this.#context = context
    this.receiver = this.#inbox = new Inbox(context)
  }

  attach(pipe: Pipe): void {
    const name = key(nameOf(pipe))
    const before = this.#peers.get(name)
    this.#peers.set(name, pipe)
    if (before !== undefined) void before.close(0)
  }

  detach(pipe: Pipe): void {
    const name = key(nameOf(pipe))
    if (this.#peers.get(name) === pipe) this.#peers.delete(name)
    this.#inbox.detach(pipe)
    this.#each(pipe, (waiter) => waiter.reject(unroutable(this.#context.name)))
  }

  writable(pipe: Pipe): void {
    this.#each(pipe, (waiter) => {
      if (pipe.full) return
      this.#transmit(waiter.payload)
      waiter.resolve()
    })
  }

  receive(pipe: Pipe, message: Incoming): void {
    const header = takeTable(message)
    this.#inbox.take(pipe, message, header)
  }

  /** Throws `EHOSTUNREACH` where nobody has that name. */
  trySend(header: Uint8Array, body: Body): boolean {
    const unsent = this.#route(header, body)
    if (unsent.pipe.full) return false
    this.#transmit(unsent)
    return true
  }

  async send(header: Uint8Array, body: Body, options?: WaitOptions): Promise<void> {
    checkWaitOptions(options)
    const unsent = this.#route(header, body)
    if (unsent.pipe.full) await this.#unsent.wait(unsent, options, this.#context.options.sendTimeout)
    else {
      this.#transmit(unsent)
      await done()
    }
  }

  close(): void {
    this.#unsent.rejectAll(() => this.#context.closedError())
    this.#inbox.close()
  }

  #route(header: Uint8Array, body: Body): Unsent {
    const [first, ...lengths] = frameLengths(header, body.length) as [number, ...number[]]
    const pipe = this.#peers.get(key(body.subarray(0, first)))
    if (pipe === undefined) throw unroutable(this.#context.name)
    if (lengths.length === 0)
      throw new SpError('EINVAL', { message: 'behind the name of the peer comes a frame at least' })
    return { pipe, header: frameTable(lengths), body: body.subarray(first) as Body }
  }

  #transmit({ pipe, header, body }: Unsent): void {
    pipe.send(header, body)
    this.#context.messagesSent++
    this.#context.bytesSent += body.length
  }

  /** Calls `visit` for what waits for `pipe`, oldest first. */
  #each(pipe: Pipe, visit: (waiter: Waiter<Unsent, void>) => void): void {
    for (let waiter = this.#unsent.head; waiter !== undefined; ) {
      const following = waiter.next
      if (waiter.payload.pipe === pipe) visit(waiter)
      waiter = following
    }
  }
}

/** What a peer is called: as it says itself, or 00 and the id of its pipe. */
function nameOf(pipe: Pick<Pipe, 'id' | 'info'>): Body {
  const { identity } = (pipe.info as { zmtp?: { identity?: Uint8Array } }).zmtp ?? {}
  const name = platform.allocate(identity?.length ?? 5)
  if (identity !== undefined) name.set(identity)
  else {
    name[0] = 0
    writeWord(name, 1, pipe.id)
  }
  return name
}

function key(name: Uint8Array): string {
  return Buffer.from(name.buffer, name.byteOffset, name.length).toString('hex')
}

function unroutable(socket: string): SpError {
  return new SpError('EHOSTUNREACH', { message: `${socket} has no peer of that name; the first frame is the name` })
}

const open: Open<Body[]> = (body, header, pipe) => [nameOf(pipe), ...splitFrames(header, body)]

const shape: Shape<readonly BodyInput[], Body[]> = {
  ...framesShape,
  open,
  openMessage: (body, header, pipe) => ({ body: open(body, header, pipe), header: platform.empty, pipe })
}

const definition: ProtocolDefinition<RouterProtocol> = {
  name: 'router',
  self: 0x10006,
  peer: 0x10006,
  peerName: 'req, dealer or router',
  create: (context) => new RouterProtocol(context)
}

/**
 * Sends to the peer that the first frame names, and receives with the name of the peer as first frame. `send` rejects with
 * `EHOSTUNREACH` when nobody has that name.
 *
 * @example
 * await using router = new Router()
 * await router.bind('zmtp+tcp://*:5555')
 * for await (const [peer, ...frames] of router) await router.send([peer, ...frames])
 */
export class Router extends FramesSocket<readonly BodyInput[], Body[], RouterProtocol> {
  constructor(options?: SocketOptions) {
    super(definition, shape, options)
  }
}
