/**
 * Bundles what Node loads: every entry that package.json names under the condition `node`, and the program. A file costs
 * Node half a millisecond to find and link, and the library has more than a hundred. The bundles share chunks, so that there
 * is one copy of the core. What bundlers of pages choose from stays a file for each module.
 *
 *   tsx scripts/bundle.ts [DIST]
 */
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type ChunkingContext, rolldown } from 'rolldown'

interface Manifest {
  readonly exports: Readonly<Record<string, string | { readonly node: string }>>
  readonly bin: Readonly<Record<string, string>>
}

const [dist = 'dist'] = process.argv.slice(2)
const { exports, bin } = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest
const published = Object.values(exports).flatMap((entry) => (typeof entry === 'string' ? [] : [entry.node]))
const names = [...published, ...Object.values(bin)].map((path) => path.replace(/^\.\/dist\/node\/(.*)\.js$/, '$1'))

/** All that `import 'hubless'` loads, which would otherwise be a chunk for every set of entries that have it in common. */
const loaded = new Set<string>()

function load(module: string, context: ChunkingContext): void {
  if (loaded.has(module)) return
  loaded.add(module)
  for (const imported of context.getModuleInfo(module)?.importedIds ?? []) load(imported, context)
}

const bundle = await rolldown({
  input: Object.fromEntries(names.map((name) => [name, `./src/${name}.ts`])),
  platform: 'node',
  // It says where the sources of packages are, of this one by its name, too.
  tsconfig: false,
  external: (name) => !/^[./]|^[A-Z]:/.test(name),
  treeshake: false
})
await bundle.write({
  dir: join(dist, 'node'),
  entryFileNames: '[name].js',
  chunkFileNames: 'chunks/[name]-[hash].js',
  sourcemap: true,
  codeSplitting: {
    groups: [
      {
        debugName: 'core',
        name(module, context) {
          load(resolve('src/index.ts'), context)
          return loaded.has(module) ? 'core' : null
        }
      }
    ]
  }
})
