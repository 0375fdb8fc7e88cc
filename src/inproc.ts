/**
 * `hubless/inproc`: makes `inproc://name` known in pages, whose entry comes without what listens. In Node it is there
 * already.
 */
// By its name, so that the condition `browser` chooses what is set up: for Node or for pages.
import 'hubless'
import { registerTransport } from './core/register.ts'
import type { Transport } from './core/transport.ts'
import { inproc as transport } from './transports/inproc/index.ts'

/** The transport of `inproc://`, registered already. */
export const inproc: Transport = transport

registerTransport(inproc)
