/**
 * Sockets for tests: connected without sleeping, closed without being asked. Importing this file registers an
 * `afterEach` that closes what was tracked, and an `afterAll` that removes the directory of IPC paths.
 *
 *   const push = track(new Push())
 *   const pull = track(new Pull())
 *   const { pipes } = await marry(push, pull, transport.url())
 */
import 'hubless/threads'
import 'hubless/zmtp'
import type { Dialer, EndpointOptions, Listener, PeerInfo, Socket, SocketEventName, SocketEvents } from 'hubless'
import { afterEach } from 'vitest'
import { localTls, openssl } from './certificates.ts'
import { tempPath } from './temp.ts'

export { tempPath } from './temp.ts'

/** One transport that a compliance suite runs over. */
export interface TransportCase {
  /** The scheme, for `describe` titles and conditions. */
  readonly name: string
  /** A fresh URL to bind; connect to `listener.url`. */
  url(): string
  /** Endpoint options that binding and connecting need, such as certificates. Default: none. */
  readonly bind?: EndpointOptions
  readonly connect?: EndpointOptions
  /** The patterns that it carries from the moment that both are attached, as `patternCases` names them. Default: all. */
  readonly patterns?: readonly string[]
}

/** ZeroMQ has no BUS and no survey, and a PUB sends a SUB nothing before its subscription came. */
const patterns = ['pair', 'push/pull', 'req/rep']

export function carries(transport: TransportCase, pattern: string): boolean {
  return transport.patterns?.includes(pattern) ?? true
}

let names = 0

/** A fresh `inproc://` URL. */
export function inprocUrl(): string {
  return `inproc://test-${++names}`
}

/** Every transport of SP: compliance suites run over each of them, and of `zeromqCases`. Those in TLS are there where `openssl` is. */
export const transportCases: readonly TransportCase[] = [
  { name: 'inproc', url: inprocUrl },
  { name: 'tcp', url: () => 'tcp://127.0.0.1:0' },
  { name: 'ipc', url: () => `ipc://${tempPath()}` },
  { name: 'ws', url: () => 'ws://127.0.0.1:0' },
  { name: 'thread', url: () => `thread://test-${++names}` },
  ...secure(['tls+tcp', 'wss'])
]

/** Those of ZeroMQ. */
export const zeromqCases: readonly TransportCase[] = [
  { name: 'zmtp+tcp', url: () => 'zmtp+tcp://127.0.0.1:0', patterns },
  { name: 'zmtp+ipc', url: () => `zmtp+ipc://${tempPath()}`, patterns },
  { name: 'zmtp+ws', url: () => 'zmtp+ws://127.0.0.1:0', patterns },
  ...secure(['zmtp+wss'], { patterns })
]

function secure(schemes: readonly string[], { patterns }: Pick<TransportCase, 'patterns'> = {}): TransportCase[] {
  if (openssl.skip !== undefined) return []
  return schemes.map((name) => ({
    name,
    url: () => `${name}://127.0.0.1:0`,
    get bind() {
      return localTls().bind
    },
    get connect() {
      return localTls().connect
    },
    ...(patterns && { patterns })
  }))
}

const tracked = new Set<Socket>()

/** Closes the sockets with `linger: 0` when the test is over, however it ends. Returns what it was given. */
export function track<T extends Socket>(socket: T): T
export function track<T extends readonly Socket[]>(...sockets: T): T
export function track(...sockets: Socket[]): Socket | Socket[] {
  for (const socket of sockets) tracked.add(socket)
  return sockets.length === 1 ? (sockets[0] as Socket) : sockets
}

afterEach(async () => {
  const sockets = [...tracked]
  tracked.clear()
  await Promise.all(sockets.map((socket) => socket.close({ linger: 0 })))
})

export interface Marriage {
  readonly listener: Listener
  readonly dialer: Dialer
  /** The pipe of the socket that was bound and the pipe of the one that was connected. */
  readonly pipes: readonly [PeerInfo, PeerInfo]
}

/** Binds `a`, connects `b` and waits for both `attach` events. Tracks both sockets. Default: a fresh inproc name. */
export async function marry(
  a: Socket,
  b: Socket,
  url: string = inprocUrl(),
  options: { readonly bind?: EndpointOptions; readonly connect?: EndpointOptions } = {}
): Promise<Marriage> {
  track(a, b)
  const listener = await a.bind(url, options.bind)
  const attached = nextEvent(a, 'attach', { where: ({ pipe }) => pipe.endpoint === listener })
  const dialer = b.connect(listener.url, options.connect)
  const [{ pipe }, own] = await Promise.all([attached, dialer.whenConnected({ timeout: defaultTimeout })])
  return { listener, dialer, pipes: [pipe, own] }
}

const defaultTimeout = 5000

type Payload<E extends SocketEventName> = Parameters<SocketEvents[E]>[0]

/**
 * Resolves with the next event of that name (for which `where` holds); rejects after `timeout` ms, default 5000.
 * Call it before what causes the event.
 */
export function nextEvent<E extends SocketEventName>(
  socket: Socket,
  name: E,
  options: { readonly timeout?: number; readonly where?: (event: Payload<E>) => boolean } = {}
): Promise<Payload<E>> {
  const { timeout = defaultTimeout, where = () => true } = options
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      socket.off(name, listener)
      reject(new Error(`${socket.name} had no '${name}' event within ${timeout} ms`))
    }, timeout)
    const listener = ((event: Payload<E>): void => {
      if (!where(event)) return
      clearTimeout(timer)
      socket.off(name, listener)
      resolve(event)
    }) as SocketEvents[E]
    socket.on(name, listener)
  })
}

/** Every event of that name from now on, in order. */
export function recordEvents<E extends SocketEventName>(socket: Socket, name: E): Payload<E>[] {
  const events: Payload<E>[] = []
  socket.on(name, ((event: Payload<E>): void => {
    events.push(event)
  }) as SocketEvents[E])
  return events
}

/** The real ones, whatever a test makes of time. */
const [turn, sleep, now] = [setImmediate, setTimeout, performance.now.bind(performance)]

/** Resolves once `predicate` holds, looked at turn by turn, then every ms. For what has no event. */
export async function eventually(predicate: () => boolean, timeout = defaultTimeout): Promise<void> {
  const end = now() + timeout
  for (let looks = 0; !predicate(); looks++) {
    if (now() > end) throw new Error(`still false after ${timeout} ms: ${predicate}`)
    await new Promise((resolve) => (looks < 20 ? turn(resolve) : sleep(resolve, 1)))
  }
}

/** Whether a promise is settled, after `turns` turns of the event loop. */
export async function isPending(promise: Promise<unknown>, turns = 3): Promise<boolean> {
  let pending = true
  const settle = (): void => {
    pending = false
  }
  promise.then(settle, settle)
  for (let i = 0; i < turns; i++) await new Promise((resolve) => setImmediate(resolve))
  return pending
}
