/**
 * hubless for browsers and workers: the same classes over the platform's WebSocket. Pages only dial; see `inproc.ts`.
 *
 * @module hubless/browser
 */
import { addTransport } from './core/transport.ts'
import { ws } from './transports/ws-browser/index.ts'

export * from './public.ts'

addTransport(ws)
