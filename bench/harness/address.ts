/** A fresh address for every measurement, and a directory that is removed at the end. */
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export type Scheme = 'tcp' | 'ipc' | 'ws' | 'inproc'

export const directory: string = mkdtempSync(join(tmpdir(), 'hubless-bench-'))
process.once('exit', () => rmSync(directory, { recursive: true, force: true }))
let number = 0

export async function freeAddress(scheme: Scheme): Promise<string> {
  number++
  if (scheme === 'inproc') return `inproc://bench-${number}`
  if (scheme === 'ipc') return `ipc://${join(directory, String(number))}`
  return `${scheme}://127.0.0.1:${await freePort()}`
}

/** A port that was free a moment ago: the C peers cannot say which one port 0 became. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
