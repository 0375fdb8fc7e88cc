/**
 * Compiles the peers into `bench/peers/dist`: the C programs against the libraries that are installed, the JavaScript
 * ones without a loader at run time, which would slow them down. They use the built package in `dist`.
 */
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { root } from './root.ts'

const out = join(root, 'bench/peers/dist')
const cSources = join(root, 'bench/peers/c')
const jsSources = join(root, 'bench/peers/js')
const microSources = join(root, 'bench/micro')
/** Where the npm package of nanomsg has the source of the library. */
const nanomsgSource = join(root, 'bench/peers/node_modules/nanomsg/deps/nanomsg/src')

/** The C programs and what each is compiled with. */
const cPeers: Readonly<Record<string, readonly string[]>> = {
  nanomsg: ['-lnanomsg'],
  nng: ['-lnng', '-lpthread'],
  zmq: ['-lzmq'],
  trie: ['-DNN_HAVE_LINUX', '-DNN_HAVE_GCC_ATOMIC_BUILTINS', '-I', nanomsgSource]
}

/** Why a C peer could not be compiled, by its name. */
export type BuildFailures = ReadonlyMap<string, string>

/** Builds what is out of date. */
export async function buildPeers(): Promise<BuildFailures> {
  const entry = join(root, 'dist/node/index.cjs')
  if (!existsSync(entry)) throw new Error('dist/node/index.cjs is missing: npm run build')
  mkdirSync(out, { recursive: true })
  await build({
    entryPoints: [jsSources, microSources].flatMap((folder) => readdirSync(folder).map((name) => join(folder, name))),
    entryNames: '[name]',
    outdir: out,
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
    // src/node.ts is imported for what it does.
    ignoreAnnotations: true,
    tsconfigRaw: {},
    plugins: [
      {
        name: 'the built package',
        setup({ onResolve }): void {
          const entries: Readonly<Record<string, string>> = { hubless: 'index', 'hubless/cluster': 'cluster/index' }
          const built = (path: string): string => entries[path] ?? path.slice('hubless/'.length)
          onResolve({ filter: /^hubless(\/(cluster|threads|zmtp))?$/ }, ({ path }) => ({
            path: pathToFileURL(join(root, 'dist/node', `${built(path)}.cjs`)).href,
            external: true
          }))
        }
      }
    ]
  })
  const failures = new Map<string, string>()
  await Promise.all(
    Object.entries(cPeers).map(async ([name, flags]) => {
      const failure = await compile(name, flags)
      if (failure !== undefined) failures.set(name, failure)
    })
  )
  return failures
}

async function compile(name: string, flags: readonly string[]): Promise<string | undefined> {
  const source = join(cSources, `${name}.c`)
  const target = join(out, name)
  const headers = ['bench.h', 'roles.h'].map((header) => join(cSources, header))
  const newest = Math.max(...[source, ...headers].map((path) => statSync(path).mtimeMs))
  if (existsSync(target) && statSync(target).mtimeMs > newest) return undefined
  try {
    await promisify(execFile)('cc', ['-O2', '-o', target, source, ...flags])
    return undefined
  } catch (error) {
    const text = String((error as { stderr?: unknown }).stderr || error)
    return `${basename(source)} does not compile: ${text.split('\n').find((line) => line.includes('error')) ?? text}`
  }
}

/** The program of a peer, as argv. */
export function program(peer: string): string[] {
  return peer in cPeers ? [join(out, peer)] : [process.execPath, join(out, `${peer}.js`)]
}
