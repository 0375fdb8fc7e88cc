/**
 * Finds the programs that interop tests talk to. A missing one skips the test with a reason; in CI it fails the run,
 * so that a broken installation cannot pass unnoticed.
 */
import { accessSync, constants, statSync } from 'node:fs'
import { createServer } from 'node:net'
import { delimiter, join } from 'node:path'

/** A peer program. `skip` is the reason why it cannot be used, undefined when `path` is good. */
export type Peer = {
  readonly path: string
  readonly skip: string | undefined
}

/** The full path of a program on PATH, such as `nanocat` or `nngcat`. */
export function findTool(name: string): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '')
  return folders.map((folder) => join(folder, name)).find(isProgram)
}

/**
 * Says whether a test can run: `describe.skipIf(peer.skip)`. Throws when the peer is missing and CI is `true`.
 *
 * @example
 * const peer = requirePeer('nanomsg-peer', await buildPeer('nanomsg'), 'libnanomsg-dev and cc')
 */
export function requirePeer(name: string, path: string | undefined, needs = name): Peer {
  if (path !== undefined) return { path, skip: undefined }
  const skip = `${name} is not available; install ${needs}`
  if (process.env.CI === 'true') throw new Error(`${skip} (obligatory because CI=true)`)
  return { path: '', skip }
}

/** A TCP port of 127.0.0.1 that was free a moment ago, for peers that bind: they cannot tell what port 0 became. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
      .once('error', reject)
      .listen(0, '127.0.0.1', () => {
        const address = server.address()
        const port = typeof address === 'object' && address !== null ? address.port : 0
        server.close(() => resolve(port))
      })
  })
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return statSync(file).isFile()
  } catch {
    return false
  }
}
