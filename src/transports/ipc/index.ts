/** IPC: UNIX stream sockets. SP hello as TCP, frames with a leading type byte. sp-ipc-mapping. */
import { isObject, optional } from '../../core/rules.ts'
import type { Transport } from '../../core/transport.ts'
import { spOverIpc } from '../sp/wire.ts'
import { streamOptions } from '../stream/options.ts'
import type { Wire } from '../stream/wire.ts'
import { checkIpc } from './address.ts'
import { dial } from './dialer.ts'
import { listen } from './listener.ts'

/** IPC under a scheme of its own for each wire. */
export function ipcTransport(scheme: string, wire: Wire): Transport {
  return {
    schemes: [scheme],
    options: { ...streamOptions, ipc: optional('an object with mode, a whole number from 0 to 0o777', isIpcOptions) },
    check: (address, role, asked) => checkIpc(address, role, asked, scheme),
    dial: (request) => dial(request, wire),
    listen: (request) => listen(request, wire)
  }
}

export const ipc: Transport = ipcTransport('ipc', spOverIpc)

function isIpcOptions(v: unknown): boolean {
  if (!isObject(v)) return false
  return Object.entries(v).every(([key, mode]) => key === 'mode' && (mode === undefined || isMode(mode)))
}

function isMode(mode: unknown): boolean {
  return Number.isInteger(mode) && (mode as number) >= 0 && (mode as number) <= 0o777
}
