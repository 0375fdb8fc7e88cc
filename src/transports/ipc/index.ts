/** IPC: UNIX stream sockets. SP hello as TCP, frames with a leading type byte. sp-ipc-mapping. */
import type { Transport } from '../../core/transport.ts'
import { parseIpcAddress } from './address.ts'
import { dial } from './dialer.ts'
import { listen } from './listener.ts'

export const ipc: Transport = {
  schemes: ['ipc'],
  check: (address) => void parseIpcAddress(address),
  dial,
  listen
}
