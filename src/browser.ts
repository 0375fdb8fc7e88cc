/**
 * hubless for browsers and workers: the same classes over the platform's WebSocket and inproc.
 *
 * @module hubless/browser
 */
import { registerTransport } from './core/transport.ts'
import { inproc } from './transports/inproc/index.ts'
import { ws } from './transports/ws-browser/index.ts'

export * from './public.ts'

for (const transport of [ws, inproc]) registerTransport(transport)
