/** How sockets listen: there once a transport is registered that can, so that pages, which only dial, do without. */
import type { Listener } from './listener.ts'

export const listening: { Listener?: typeof Listener } = {}
