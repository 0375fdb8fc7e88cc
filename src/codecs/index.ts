/**
 * `hubless/codecs`: what a socket does with values in place of bytes. Give one to a socket as its option `codec`; both
 * ends must use the same. A body that does not decode is dropped with reason `codec`, counted, and nothing else happens.
 *
 * @module hubless/codecs
 */
export { json } from './json.ts'
export { type MsgpackLibrary, msgpack } from './msgpack.ts'
export { text } from './text.ts'
