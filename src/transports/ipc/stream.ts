/** What IPC adds to a byte stream. Both ends have the address of the socket file; a dialing end has none of its own. */
import type { StreamKind } from '../stream/endpoints.ts'
import type { Wire } from '../stream/wire.ts'

export const ipcKind = (url: string, wire: Wire): StreamKind => ({
  wire,
  describe: () => ({ local: url, remote: url })
})
