/** What IPC adds to a byte stream. Both ends have the address of the socket file; a dialing end has none of its own. */

import type { StreamKind } from '../stream/endpoints.ts'
import { ipcFraming } from '../stream/framing.ts'

export function ipcKind(url: string): StreamKind {
  return { framing: ipcFraming, describe: () => ({ local: url, remote: url }) }
}
