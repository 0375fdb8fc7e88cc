/**
 * `hubless/threads` for browsers: makes `thread://name` known, which reaches the sockets of a page, its workers and the
 * other tabs of its origin. Every thread that uses it imports it; see docs/threads.md.
 */
// By its name, so that the condition `browser` chooses what is set up: for Node or for pages.
import 'hubless'
import { registerTransport } from './core/register.ts'
import type { Transport } from './core/transport.ts'
import { threadTransport } from './transports/thread/index.ts'
import { PageGround } from './transports/thread/page-ground.ts'

export type { ThreadOptions } from './core/options.ts'

/** The transport of `thread://`, registered already. */
export const thread: Transport = threadTransport(new PageGround())

registerTransport(thread)
