/** IPC: UNIX stream sockets. SP hello as TCP, frames with a leading type byte. sp-ipc-mapping. */
import { optional } from '../../core/rules.ts'
import type { Transport } from '../../core/transport.ts'
import { optionRules } from '../option-values.ts'
import { parseIpcAddress } from './address.ts'
import { dial } from './dialer.ts'
import { listen } from './listener.ts'

export const ipc: Transport = {
  schemes: ['ipc'],
  options: { ipc: optional(optionRules.ipc.allowed, optionRules.ipc.accepts) },
  check: (address) => void parseIpcAddress(address),
  dial,
  listen
}
