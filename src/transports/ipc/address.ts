/**
 * IPC addresses: a path, relative ones from the working directory, or on Linux `@name` for a name in the abstract
 * namespace, which leaves no file behind (a file called @name is `./@name`).
 */
import { SpError } from '../../core/errors.ts'

/** Usable bytes of `sun_path`: one is the terminating NUL. */
const maxPath = process.platform === 'darwin' ? 103 : 107

/** The path as `node:net` takes it. */
export function parseIpcAddress(address: string): string {
  const fail = (why: string): never => {
    throw new SpError('EINVAL', { message: `ipc://${address}: ${why}`, endpoint: `ipc://${address}` })
  }
  if (address === '') fail('there is no path')
  if (address.includes('\0')) fail('a path has no NUL')
  const bytes = Buffer.byteLength(address)
  if (process.platform !== 'win32' && bytes > maxPath) {
    fail(`the path has ${bytes} bytes; this system allows ${maxPath}`)
  }
  if (!address.startsWith('@')) return address
  if (process.platform !== 'linux') fail('abstract names exist on Linux only; ./@name is a file')
  if (address === '@') fail('an abstract name has at least one character after @')
  return `\0${address.slice(1)}`
}
