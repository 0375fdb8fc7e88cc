/**
 * A device forwards between two raw sockets that are each other's peers, whatever their transports, or reflects on one.
 * Headers go through unchanged, so replies and answers find their way back over any number of devices. Where the
 * destination is slow, the source is not read: back-pressure passes through.
 */
import { type Message, type Port, type ProtocolIdentity, type RawMessage, SpError } from 'hubless'

/** What a device runs on: any socket of `hubless/raw`. What it sends or receives tells it from a cooked one. */
export type DeviceSocket = AnySocket & (SendsRaw | ReceivesRaw)

interface SendsRaw {
  send(message: RawMessage): Promise<void>
}

interface ReceivesRaw {
  recv(): Promise<Message>
}

interface AnySocket {
  readonly raw: boolean
  readonly name: string
  readonly identity: ProtocolIdentity
  reserve(): Port
}

/** What a device lets through, and when it ends. */
export interface DeviceOptions {
  /** Stops the device; the sockets stay open and usable. */
  signal?: AbortSignal | undefined
  /**
   * Decides on each message: true forwards it, false drops it (reason `filtered`), another message replaces it. A throw
   * drops that message only.
   */
  filter?: ((message: Message, from: DeviceSocket) => boolean | RawMessage) | undefined
}

/**
 * Forwards between `a` and `b` in every direction they support, or reflects on `a` alone, until one of them closes.
 * The sockets belong to the device meanwhile: their own `send` and `recv` fail with `EBUSY`.
 * Resolves when a socket closes; rejects with `signal.reason` when stopped, `EINVAL` for cooked or unrelated sockets,
 * `EBADF` for closed and `EBUSY` for busy ones. A rejection that nobody awaits is not an unhandled one.
 *
 * @example
 * const front = new Rep()   // from 'hubless/raw'
 * const back = new Req()
 * await front.bind('tcp://*:5555')
 * back.connect('ipc:///run/workers')
 * await device(front, back, { signal })
 */
export function device(a: DeviceSocket, b?: DeviceSocket, options: DeviceOptions = {}): Promise<void> {
  const running = run(a, b, options)
  running.catch(() => {})
  return running
}

async function run(a: DeviceSocket, b: DeviceSocket | undefined, options: DeviceOptions): Promise<void> {
  checkOptions(options)
  const { signal, filter } = options
  checkSockets(a, b)
  signal?.throwIfAborted()
  const sides = reserve(b === undefined || b === a ? [a] : [a, b])
  const stop = new AbortController()
  try {
    await new Promise<void>((resolve, reject) => {
      const onAbort = (): void => reject(signal?.reason)
      signal?.addEventListener('abort', onAbort, { once: true })
      stop.signal.addEventListener('abort', () => signal?.removeEventListener('abort', onAbort))
      // Before the other side gives away a message that nobody can take any more.
      const onClosing = (): void => {
        stop.abort()
        resolve()
      }
      for (const { port } of sides) port.onClosing(onClosing)
      for (const { from, to } of routes(sides)) pump(from, to, stop.signal, filter).then(resolve, reject)
    })
  } finally {
    stop.abort()
    for (const { port } of sides) port.release()
  }
}

function checkOptions(options: unknown): asserts options is DeviceOptions {
  const complain = (message: string): never => {
    throw new SpError('EINVAL', { message })
  }
  if (typeof options !== 'object' || options === null) return complain('the options of a device are an object')
  for (const [name, value] of Object.entries(options)) {
    if (name !== 'signal' && name !== 'filter') complain(`a device has no option "${name}"; it has signal, filter`)
    if (value === undefined) continue
    if (name === 'filter' && typeof value !== 'function') complain('the filter of a device is a function')
    if (name === 'signal' && !(value instanceof AbortSignal)) complain('the signal of a device is an AbortSignal')
  }
}

interface Side {
  readonly socket: DeviceSocket
  readonly port: Port
}

function reserve(sockets: DeviceSocket[]): Side[] {
  const sides: Side[] = []
  try {
    for (const socket of sockets) sides.push({ socket, port: socket.reserve() })
  } catch (error) {
    for (const { port } of sides) port.release()
    throw error
  }
  return sides
}

/** The directions in which messages can go. Throws `EINVAL` when there is none. */
function routes(sides: Side[]): { from: Side; to: Side }[] {
  const [a, b = a] = sides as [Side, Side?]
  const possible =
    a === b
      ? [{ from: a, to: a }]
      : [
          { from: a, to: b },
          { from: b, to: a }
        ]
  const found = possible.filter(({ from, to }) => from.port.canRecv && to.port.canSend)
  if (found.length === 0) throw unrelated(a.socket, b.socket)
  return found
}

/** Forwards until stopped. A message in hand is still sent: nothing is taken that is not passed on. */
async function pump(from: Side, to: Side, stop: AbortSignal, filter: DeviceOptions['filter']): Promise<void> {
  while (!stop.aborted) {
    let message: Message
    try {
      message = await from.port.recv({ signal: stop, timeout: Infinity })
    } catch (error) {
      if (stop.aborted || from.port.closed) return
      throw error
    }
    const out = filter === undefined ? message : applyFilter(filter, message, from)
    if (out === undefined) continue
    try {
      await to.port.send(out)
    } catch (error) {
      from.port.drop(to.port.closed ? 'closed' : 'filtered', message, error)
      if (to.port.closed) return
    }
  }
}

function applyFilter(
  filter: NonNullable<DeviceOptions['filter']>,
  message: Message,
  { socket, port }: Side
): RawMessage | undefined {
  let cause: unknown
  try {
    const verdict: unknown = filter(message, socket)
    if (verdict === true) return message
    if (verdict instanceof Promise) {
      verdict.catch(() => {})
      throw new SpError('EINVAL', { message: 'the filter of a device answers at once, not by a promise' })
    }
    if (typeof verdict === 'object') return verdict as RawMessage
  } catch (error) {
    cause = error
  }
  port.drop('filtered', message, cause)
  return undefined
}

function checkSockets(a: DeviceSocket, b: DeviceSocket | undefined): void {
  for (const socket of b === undefined ? [a] : [a, b]) {
    if (socket?.raw !== true) {
      throw new SpError('EINVAL', { message: `a device runs on sockets of hubless/raw; ${socket?.name} is not raw` })
    }
  }
  if (b === undefined) {
    if (a.identity.name === 'req' || a.identity.name === 'surveyor') throw unrelated(a, a)
    return
  }
  if (a.identity.peer !== b.identity.self || b.identity.peer !== a.identity.self) throw unrelated(a, b)
}

function unrelated(a: DeviceSocket, b: DeviceSocket): SpError {
  return new SpError('EINVAL', {
    message: `${a.identity.name} and ${b.identity.name} are not each other's peers, so no device connects them`
  })
}
