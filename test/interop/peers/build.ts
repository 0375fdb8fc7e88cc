/**
 * Compiles the C peers on demand. The binary is kept in node_modules/.cache/hubless-peers/ and rebuilt when a source is
 * newer. Several test workers may ask at once: each compiles to a name of its own and renames it into place.
 */
import { execFile } from 'node:child_process'
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

export type PeerName = 'nanomsg' | 'nng'

const run = promisify(execFile)
const sourceFolder = fileURLToPath(new URL('.', import.meta.url))
const cacheFolder = fileURLToPath(new URL('../../../node_modules/.cache/hubless-peers/', import.meta.url))
const compiler = process.env.CC ?? 'cc'
const flags = ['-std=c11', '-O2', '-Wall', '-Wextra', '-pthread']
const probes = {
  nanomsg: '#include <nanomsg/nn.h>\nint main(void) { return nn_errno() < 0; }\n',
  nng: '#include <nng/nng.h>\nint main(void) { return nng_version() == 0; }\n'
} satisfies Record<PeerName, string>

const builds = new Map<PeerName, Promise<string | undefined>>()

/**
 * Returns the path of the compiled peer, or undefined when the compiler or the library's headers are missing.
 * Throws with the compiler's output when the library is there but the peer does not compile.
 */
export function buildPeer(name: PeerName): Promise<string | undefined> {
  const running = builds.get(name) ?? build(name)
  builds.set(name, running)
  return running
}

async function build(name: PeerName): Promise<string | undefined> {
  const binary = join(cacheFolder, `${name}-peer`)
  if (await isCurrent(binary)) return binary
  await mkdir(cacheFolder, { recursive: true })
  const temporary = `${binary}.${process.pid}.${Date.now()}.${Math.random().toString(36).slice(2)}`
  try {
    if (!(await canCompile(name, temporary))) return undefined
    const sources = [`${name}-peer.c`, 'commands.c', 'options.c'].map((file) => join(sourceFolder, file))
    await run(compiler, [...flags, '-o', temporary, ...sources, `-l${name}`])
    await rename(temporary, binary)
    return binary
  } finally {
    await rm(temporary, { force: true })
  }
}

async function isCurrent(binary: string): Promise<boolean> {
  const built = await modified(binary)
  const sources = (await readdir(sourceFolder)).filter((file) => /\.[ch]$/.test(file))
  const changed = await Promise.all(sources.map((file) => modified(join(sourceFolder, file))))
  return built > Math.max(...changed)
}

async function modified(file: string): Promise<number> {
  try {
    return (await stat(file)).mtimeMs
  } catch {
    return 0
  }
}

async function canCompile(name: PeerName, output: string): Promise<boolean> {
  const probe = run(compiler, ['-x', 'c', '-', '-o', output, `-l${name}`])
  // the compiler may be missing or gone before it has read anything: the exit status says so
  probe.child.stdin?.on('error', () => {}).end(probes[name])
  return probe.then(
    () => true,
    () => false
  )
}
