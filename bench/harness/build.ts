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

const cPeers = ['nanomsg', 'nng', 'zmq'] as const

/** Why a C peer could not be compiled, by its name. */
export type BuildFailures = ReadonlyMap<string, string>

/** Builds what is out of date. */
export async function buildPeers(): Promise<BuildFailures> {
  const entry = join(root, 'dist/index.js')
  if (!existsSync(entry)) throw new Error('dist/index.js is missing: npm run build')
  mkdirSync(out, { recursive: true })
  await build({
    entryPoints: readdirSync(jsSources).map((name) => join(jsSources, name)),
    outdir: out,
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
    tsconfigRaw: {},
    plugins: [
      {
        name: 'the built package',
        setup({ onResolve }): void {
          onResolve({ filter: /^hubless$/ }, () => ({ path: pathToFileURL(entry).href, external: true }))
        }
      }
    ]
  })
  const failures = new Map<string, string>()
  await Promise.all(
    cPeers.map(async (name) => {
      const failure = await compile(name)
      if (failure !== undefined) failures.set(name, failure)
    })
  )
  return failures
}

async function compile(name: string): Promise<string | undefined> {
  const source = join(cSources, `${name}.c`)
  const target = join(out, name)
  const newest = Math.max(...[source, join(cSources, 'bench.h')].map((path) => statSync(path).mtimeMs))
  if (existsSync(target) && statSync(target).mtimeMs > newest) return undefined
  try {
    await promisify(execFile)('cc', ['-O2', '-o', target, source, `-l${name}`])
    return undefined
  } catch (error) {
    const text = String((error as { stderr?: unknown }).stderr || error)
    return `${basename(source)} does not compile: ${text.split('\n').find((line) => line.includes('error')) ?? text}`
  }
}

/** The program of a peer, as argv. */
export function program(peer: string): string[] {
  return (cPeers as readonly string[]).includes(peer) ? [join(out, peer)] : [process.execPath, join(out, `${peer}.js`)]
}
