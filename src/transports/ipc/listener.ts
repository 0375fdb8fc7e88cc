/**
 * Listening on a UNIX socket. A socket file that nobody listens on any more (as a killed process leaves it) is replaced;
 * a live one, or anything that is not a socket, is `EADDRINUSE` and stays as it is.
 */
import { chmodSync, existsSync, lstatSync, unlinkSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { dirname } from 'node:path'
import { SpError } from '../../core/errors.ts'
import type { Binding, ListenRequest } from '../../core/transport.ts'
import { acceptStream, closeServer, listening } from '../stream/endpoints.ts'
import { hangUp } from '../stream/hang-up.ts'
import { parseIpcAddress } from './address.ts'
import { ipcKind } from './stream.ts'

export async function listen(request: ListenRequest): Promise<Binding> {
  const path = parseIpcAddress(request.address)
  const kind = ipcKind(request.url)
  const handshaking = new Set<Socket>()
  const server = createServer((stream) => acceptStream(stream, request, kind, handshaking))
  const start = (): Promise<void> => listening(server, () => bindWithMode(server, path, request.options.ipc?.mode))
  try {
    await start()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    // libuv says EACCES for a directory that is not there.
    if (code === 'EACCES' && !existsSync(dirname(path)))
      throw Object.assign(new Error('no directory'), { code: 'ENOENT' })
    if (code !== 'EADDRINUSE') throw error
    await removeStale(path, request.url)
    await start()
  }
  server.on('error', (error) => request.failed(error))
  return { url: request.url, close: () => closeServer(server, handshaking) }
}

/** Binding is synchronous, so a umask around it gives the file its mode from the first moment. */
function bindWithMode(server: Server, path: string, mode: number | undefined): void {
  if (mode === undefined || path.startsWith('\0')) {
    server.listen({ path })
    return
  }
  let before: number | undefined
  try {
    before = process.umask(0o777 & ~mode)
  } catch {
    // Worker threads may not change the umask.
    server.once('listening', () => chmodSync(path, mode))
  }
  try {
    server.listen({ path })
  } finally {
    if (before !== undefined) process.umask(before)
  }
}

async function removeStale(path: string, url: string): Promise<void> {
  if (path.startsWith('\0')) throw inUse(url, 'another process listens on it')
  const found = lstatSync(path, { throwIfNoEntry: false })
  if (found === undefined) return
  if (!found.isSocket()) throw inUse(url, 'there is a file that is not a socket')
  if (await isAlive(path)) throw inUse(url, 'another process listens on it')
  // Somebody who found it stale too may have been faster, and the file be theirs by now.
  const now = lstatSync(path, { throwIfNoEntry: false })
  if (now?.ino === found.ino && now.ctimeMs === found.ctimeMs) unlinkSync(path)
}

function isAlive(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect({ path })
    probe.once('connect', () => {
      hangUp(probe)
      resolve(true)
    })
    probe.once('error', (error: NodeJS.ErrnoException) => resolve(error.code !== 'ECONNREFUSED'))
  })
}

function inUse(url: string, why: string): SpError {
  return new SpError('EADDRINUSE', { message: `${url}: ${why}; close it or choose another path`, endpoint: url })
}
