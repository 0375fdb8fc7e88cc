/** Makes the socket of a run and opens its endpoints: all that bind, then all that connect. */
import { type Dialer, type EndpointOptions, type Message, type Socket, Sub, type WaitOptions } from '../index.ts'
import { socketClasses } from '../socket-classes.ts'
import { operation } from './operation.ts'
import type { Pattern, Settings } from './settings.ts'
import { type TlsSettings, tlsOf } from './tls.ts'

/** A socket of a pattern chosen at run time. The table of options sees to it that nothing is used that it lacks. */
export interface AnySocket extends Socket {
  send(body: Buffer, options?: WaitOptions): Promise<void>
  trySend(body: Buffer): boolean
  recvMessage(options?: WaitOptions): Promise<Message>
  tryRecv(): Buffer | undefined
}

export function createSocket(pattern: Pattern, settings: Settings): AnySocket {
  const { name, recvMaxSize } = settings
  const socket: Socket = new socketClasses[pattern]({ name, recvMaxSize, reconnectIntervalMax: 1000 })
  return socket as AnySocket
}

export function subscribe(socket: Socket, prefixes: readonly string[]): void {
  if (!(socket instanceof Sub)) return
  for (const prefix of prefixes.length > 0 ? prefixes : ['']) socket.subscribe(prefix)
}

/** TLS settings for the URLs that use them. */
export function endpointOptions(settings: TlsSettings): EndpointOptions {
  const tls = tlsOf(settings)
  return tls === undefined ? {} : { tls }
}

export async function openEndpoints(
  socket: Socket,
  { binds, connects }: Pick<Settings, 'binds' | 'connects'>,
  name: string,
  options: EndpointOptions
): Promise<Dialer[]> {
  // Most runs need none of it.
  if ([...binds, ...connects].some((url) => url.startsWith('zmtp+'))) await import('../zmtp.ts')
  for (const url of binds) await operation('bind', name, () => socket.bind(url, options))
  const dialers: Dialer[] = []
  for (const url of connects) dialers.push(await operation('connect', name, () => socket.connect(url, options)))
  return dialers
}
