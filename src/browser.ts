/**
 * hubless for browsers and workers: the same classes over the platform's WebSocket and inproc.
 *
 * @module hubless/browser
 */
import { isRegistered, registerTransport } from './core/transport.ts'
import { inproc } from './transports/inproc/index.ts'
import { ws } from './transports/ws-browser/index.ts'

export * from './public.ts'

// Where Node has loaded `hubless` as well, its transports do all that these do, and listen.
for (const transport of [ws, inproc]) if (!isRegistered(transport)) registerTransport(transport)
