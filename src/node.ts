/** Sets hubless up for Node: `Buffer` bodies, and the transports that need Node. Imported by the entries. */
import type { Server as PlainServer } from 'node:http'
import type { Server as SecureServer } from 'node:https'
import type { Duplex } from 'node:stream'
import type { ConnectionOptions, TlsOptions } from 'node:tls'
import { markAsUntransferable } from 'node:worker_threads'
import { Door } from './core/door.ts'
import { type ErrorCode, errorTable } from './core/error-table.ts'
import { installEmitter } from './core/events.ts'
import { guardListeners } from './core/listener.ts'
import { installPlatform, platform } from './core/platform.ts'
import { registerTransport } from './core/transport.ts'
import { PublishingEmitter } from './diagnostics/channels.ts'
import { logWhereAsked } from './diagnostics/log.ts'
import { inproc } from './transports/inproc/index.ts'
import { ipc } from './transports/ipc/index.ts'
import { tcp } from './transports/tcp/index.ts'
import { tls } from './transports/tls/index.ts'
import { wsTransport } from './transports/ws/index.ts'

declare module './core/platform.ts' {
  interface PlatformTypes {
    body: Buffer
    tls: Omit<TlsOptions & ConnectionOptions, 'pskCallback'> & {
      /** Keys that both sides have beforehand; as in `node:tls`. */
      pskCallback?: TlsOptions['pskCallback'] | ConnectionOptions['pskCallback']
    }
    httpServer: PlainServer | SecureServer
    agent: {
      /** Opens a stream to a host and gives it back, or calls back with it. TLS is not its business. */
      createConnection(
        options: { host: string; port: number; localAddress?: string },
        callback: (error: Error | null, stream?: Duplex) => void
      ): unknown
    }
  }
}

/** The class behind `Buffer`: constructing it directly costs half of what `Buffer.from` does. */
const NodeBuffer = (
  Buffer as unknown as { [Symbol.species]: new (b: ArrayBufferLike, o: number, l: number) => Buffer }
)[Symbol.species]

installPlatform({
  ...platform,
  view: (buffer, offset, length) => new NodeBuffer(buffer, offset, length),
  allocate: (length) => Buffer.allocUnsafe(length),
  keepTogether: markAsUntransferable,
  encode: (text) => Buffer.from(text),
  turn: (task) => void setImmediate(task),
  warn: (error) => process.emitWarning(error instanceof Error ? error : String(error)),
  explain: (error) => {
    const { code } = Object(error) as { code?: unknown }
    if (typeof code === 'string' && Object.hasOwn(errorTable, code)) {
      return [code as ErrorCode, errorTable[code as ErrorCode]]
    }
    return [code === 'EPERM' ? 'EACCES' : 'EIO', error instanceof Error ? error.message : String(error)]
  },
  empty: Buffer.alloc(0),
  conceal: (options) => {
    for (const [name, value] of Object.entries(options)) {
      if (typeof value === 'object') Object.defineProperty(options, name, { enumerable: false })
    }
    return Object.freeze(options)
  },
  sentences: errorTable
})

guardListeners((options) => new Door(options))
installEmitter(PublishingEmitter)
logWhereAsked()

for (const transport of [inproc, tcp, ipc, tls, wsTransport('ws'), wsTransport('wss')]) registerTransport(transport)
