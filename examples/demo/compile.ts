/** Compiles the programs of the demo once, so that not each of its processes has to. What it makes is removed at the end. */
import { mkdtempSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Resolves with where each of them is now, in the same order. */
export async function compile(...files: readonly string[]): Promise<string[]> {
  const entryPoints = files.map((file) => fileURLToPath(new URL(file, import.meta.url)))
  // In the package, so that what they import is found.
  const outdir = mkdtempSync(join(root, '.demo-'))
  process.once('exit', () => rmSync(outdir, { recursive: true, force: true }))
  await build({
    entryPoints,
    outdir,
    entryNames: '[name]',
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
    // The list of files with side effects names those of the package, not of its sources.
    ignoreAnnotations: true,
    tsconfig: join(root, 'tsconfig.json'),
    logLevel: 'error'
  })
  return files.map((file) => join(outdir, basename(file).replace(/\.ts$/, '.mjs')))
}
