/**
 * IPC addresses: a path, relative ones from the directory that was current when the endpoint was made, or on Linux
 * `@name` for a name in the abstract namespace, which leaves no file behind (a file called @name is `./@name`). On Windows
 * it is the name of a pipe, as nanomsg and nng have it: `ipc://name` is `\\.\pipe\name`.
 */
import { isAbsolute, relative, resolve } from 'node:path'
import { SpError } from '../../core/errors.ts'
import type { ResolvedEndpointOptions } from '../../core/options.ts'
import type { AddressCheck, EndpointRequest, Role } from '../../core/transport.ts'

/** Usable bytes of `sun_path`: one is the terminating NUL. */
export const maxPath: number = process.platform === 'darwin' ? 103 : 107

/** The path as `node:net` takes it. */
export function parseIpcAddress(address: string, scheme = 'ipc', platform = process.platform): string {
  const fail = (why: string): never => {
    throw new SpError('EINVAL', { message: `${scheme}://${address}: ${why}`, endpoint: `${scheme}://${address}` })
  }
  if (address === '') fail('there is no path')
  if (address.includes('\0')) fail('a path has no NUL')
  const bytes = Buffer.byteLength(address)
  if (platform !== 'win32' && bytes > maxPath) {
    fail(`the path has ${bytes} bytes; this system allows ${maxPath}`)
  }
  if (platform === 'win32') return /^[\\/]{2}[.?][\\/]pipe[\\/]/i.test(address) ? address : `\\\\.\\pipe\\${address}`
  if (!address.startsWith('@')) return address
  if (platform !== 'linux') fail('abstract names exist on Linux only; ./@name is a file')
  if (address === '@') fail('an abstract name has at least one character after @')
  return `\0${address.slice(1)}`
}

/** What stands in the way of an address in these circumstances. */
export function checkIpc(
  address: string,
  role: Role,
  { options }: AddressCheck,
  scheme = 'ipc',
  platform = process.platform
): void {
  const fail = (code: 'EINVAL' | 'ENOTSUP', why: string): never => {
    throw new SpError(code, { message: `${scheme}://${address}: ${why}`, endpoint: `${scheme}://${address}` })
  }
  const isAbstract = parseIpcAddress(address, scheme, platform).startsWith('\0')
  if (role === 'bind' && platform === 'win32' && options.ipc?.mode !== undefined) {
    fail('ENOTSUP', 'the pipes of Windows have no mode; leave out ipc: { mode }')
  }
  if (!isAbstract) {
    // A relative path counts from here, however often and late it is used.
    if (!directories.has(options)) directories.set(options, process.cwd())
  } else if (role === 'bind' && options.ipc?.mode !== undefined) {
    fail('EINVAL', 'abstract names have no mode, everybody may connect; use a path, or leave out ipc: { mode }')
  } else if (padsNames) {
    fail(
      'ENOTSUP',
      `Node ${process.versions.node} fills abstract names up with zeros, so that others do not find them; use a path`
    )
  }
}

/** Before libuv 1.48 abstract names had the length of the longest one. */
const padsNames = /^1\.([0-3]?\d|4[0-7])\./.test(process.versions.uv)

/** Where the process was when an endpoint with these options was made. */
const directories = new WeakMap<ResolvedEndpointOptions, string>()

/** The path of an endpoint as `node:net` takes it: absolute, or an abstract name. */
export function pathOf({ address, scheme, options }: EndpointRequest): string {
  const path = parseIpcAddress(address, scheme)
  if (path.startsWith('\0') || isAbsolute(path)) return path
  return resolve(directories.get(options) as string, path)
}

/** A path as the address of a socket can say it: a deep one from where the process is now. */
export function reachable(path: string): string {
  const isShort = (text: string): boolean => Buffer.byteLength(text) <= maxPath || process.platform === 'win32'
  const way = isShort(path) ? path : relative(process.cwd(), path)
  if (isShort(way)) return way
  throw new SpError('EINVAL', { message: `ipc://${path}: the path is longer than ${maxPath} bytes; use a shorter one` })
}

/** The URL of a path, good from everywhere, unless that is too deep to be said. */
export function urlOf(path: string, { scheme, url }: EndpointRequest): string {
  return path.startsWith('\0') || process.platform === 'win32' || Buffer.byteLength(path) > maxPath
    ? url
    : `${scheme}://${path}`
}
