/**
 * `hubless/threads`: makes `thread://name` known, which reaches the sockets of all threads of this process. Every thread
 * that uses it imports it; see docs/threads.md.
 *
 * @module hubless/threads
 */
// By its name, so that the condition `browser` chooses what is set up: for Node or for pages.
import 'hubless'
import { registerTransport } from './core/register.ts'
import type { Transport } from './core/transport.ts'
import { threadTransport } from './transports/thread/index.ts'
import { NodeGround } from './transports/thread/node-ground.ts'

export type { ThreadOptions } from './core/options.ts'

/** The transport of `thread://`, registered already. */
export const thread: Transport = threadTransport(new NodeGround())

registerTransport(thread)
