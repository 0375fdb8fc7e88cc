/**
 * The file of a listening UNIX socket. It is bound in a private directory beside its place, given its mode, and then
 * linked into place: nobody sees it with another mode, nothing that is there is overwritten, and what libuv deletes by name
 * when the socket closes is gone by then. A file that nobody listens on any more (as a killed process leaves it) is replaced;
 * a live one, or anything that is not a socket, is `EADDRINUSE` and stays as it is.
 */
import {
  type BigIntStats,
  chmodSync,
  closeSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdtempSync,
  openSync,
  renameSync,
  rmSync,
  unlinkSync
} from 'node:fs'
import { connect, type Server } from 'node:net'
import { basename, dirname, join } from 'node:path'
import { SpError } from '../../core/errors.ts'
import { listening } from '../stream/endpoints.ts'
import { hangUp } from '../stream/hang-up.ts'
import { maxPath, reachable } from './address.ts'

/** How often somebody else may be faster. */
const attempts = 3

/** Lets `server` listen at `path`, at once where nothing is in the way. Resolves with what removes the file, if it is still the same. */
export async function bindFile(
  server: Server,
  path: string,
  mode: number | undefined,
  url: string
): Promise<() => void> {
  const folder = privateFolder(dirname(path))
  const socket = join(folder, basename(folder))
  try {
    const bound = bindIn(folder, server, url)
    // The system has bound it by now, or will say why not.
    const own = look(socket)
    if (own !== undefined) {
      if (mode !== undefined) chmodSync(socket, mode)
      place(socket, path)
    }
    await bound
    for (let left = attempts; !isSame(look(path), own); left--) {
      if (left === 0) throw inUse(url, 'others bind it at the same time')
      await removeStale(path, url)
      place(socket, path)
    }
    return () => remove(path, own)
  } catch (error) {
    if (server.listening) server.close()
    throw error
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function privateFolder(place: string): string {
  try {
    return mkdtempSync(join(place, '.sp-'))
  } catch (error) {
    // As some file systems say it that take no files at all.
    const refused = (error as NodeJS.ErrnoException).code === 'ENOENT' && existsSync(place)
    throw refused ? Object.assign(error as Error, { code: 'EACCES' }) : error
  }
}

/** Listens in a directory that may be deeper than the address of a socket can say. */
async function bindIn(folder: string, server: Server, url: string): Promise<void> {
  const listen = (path: string): Promise<void> =>
    listening(server, () => server.listen({ path, exclusive: true, backlog: 511 }))
  const path = join(folder, basename(folder))
  if (Buffer.byteLength(path) <= maxPath) return listen(path)
  if (process.platform !== 'linux') {
    throw new SpError('EINVAL', { message: `${url}: the directory is too deep; use a shorter path`, endpoint: url })
  }
  const descriptor = openSync(folder, 'r')
  const bound = listen(`/proc/self/fd/${descriptor}/${basename(folder)}`)
  closeSync(descriptor)
  return bound
}

/** Gives a file its name, unless there is one of that name. */
function place(socket: string, path: string): void {
  try {
    linkSync(socket, path)
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') return
    // Some file systems know no links.
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(code)) throw error
    if (look(path) === undefined) renameSync(socket, path)
  }
}

function remove(path: string, own: BigIntStats | undefined): void {
  try {
    if (own !== undefined && isSame(look(path), own)) unlinkSync(path)
  } catch {
    // The directory is not ours any more. What stays is found stale by the next one.
  }
}

async function removeStale(path: string, url: string): Promise<void> {
  const found = look(path)
  if (found === undefined) return
  if (!found.isSocket()) throw inUse(url, 'there is a file that is not a socket')
  if (await isAlive(path)) throw inUse(url, 'another process listens on it')
  // Somebody who found it stale too may have been faster, and the file be theirs by now.
  if (isSame(look(path), found)) unlinkSync(path)
}

function look(path: string): BigIntStats | undefined {
  return lstatSync(path, { throwIfNoEntry: false, bigint: true })
}

/** A socket that is listened on keeps its inode, so that no other file can have the same meanwhile. */
function isSame(a: BigIntStats | undefined, b: BigIntStats | undefined): boolean {
  return a !== undefined && a.ino === b?.ino && a.dev === b.dev
}

function isAlive(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect({ path: reachable(path) })
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
