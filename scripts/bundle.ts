/**
 * Bundles what Node loads: every entry that package.json names for it (`default`), and the program. A file costs
 * Node half a millisecond to find and link, and the library has more than a hundred. The bundles share chunks, so that there
 * is one copy of the core. They are CommonJS, which `require` and `import` both load, so that there is one copy whatever
 * loads them, Jest without flags included. What bundlers choose from stays an ES module for each module.
 *
 *   tsx scripts/bundle.ts [DIST]
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { type ChunkingContext, rolldown } from 'rolldown'

interface Entry {
  readonly default: string
  /** What pages get where they get something else. */
  readonly browser?: string | { readonly types: string }
}

interface Manifest {
  readonly exports: Readonly<Record<string, string | Entry>>
  readonly bin: Readonly<Record<string, string>>
}

const [dist = 'dist'] = process.argv.slice(2)
const { exports, bin } = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest
const published = Object.values(exports).flatMap((entry) => (typeof entry === 'string' ? [] : [entry]))
const names = [...published.map((entry) => entry.default), ...Object.values(bin)].map((path) =>
  path.replace(/^\.\/dist\/node\/(.*)\.cjs$/, '$1')
)

/** All that a module loads with itself. */
function load(module: string, context: ChunkingContext, loaded = new Set<string>()): ReadonlySet<string> {
  if (loaded.has(module)) return loaded
  loaded.add(module)
  for (const imported of context.getModuleInfo(module)?.importedIds ?? []) load(imported, context, loaded)
  return loaded
}

/** What `import 'hubless'` loads; what the program begins with, since `nanocat --help` needs no socket; and what pages load. */
let beginnings: Readonly<Record<'library' | 'program' | 'page', ReadonlySet<string>>> | undefined

/**
 * What the library begins with is a chunk for what pages have, too, and one for what sets Node up; it would be one for every
 * set of entries that have it in common.
 */
function chunkOf(module: string, context: ChunkingContext): string | null {
  beginnings ??= {
    library: load(resolve('src/index.ts'), context),
    program: load(resolve('src/cli/main.ts'), context),
    page: load(resolve('src/browser.ts'), context)
  }
  const { library, program, page } = beginnings
  if (!library.has(module)) return null
  if (program.has(module)) return 'common'
  return page.has(module) ? 'core' : 'system'
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
  format: 'cjs',
  entryFileNames: '[name].cjs',
  chunkFileNames: 'chunks/[name]-[hash].cjs',
  sourcemap: true,
  codeSplitting: {
    // The first that takes a module takes what it imports with it.
    groups: ['common', 'core', 'system'].map((debugName) => ({
      debugName,
      name: (module, context) => (chunkOf(module, context) === debugName ? debugName : null)
    }))
  }
})

// Where the program was before it was bundled; scripts may name it.
mkdirSync(join(dist, 'cli'), { recursive: true })
writeFileSync(join(dist, 'cli/main.js'), "#!/usr/bin/env node\nimport '../node/cli/main.cjs'\n")

// TypeScript is told the same: what is declared is CommonJS, and what pages alone get is an ES module.
const types = join(dist, 'types')
mkdirSync(types, { recursive: true })
writeFileSync(join(types, 'package.json'), '{ "type": "commonjs" }\n')
for (const { browser } of published) {
  if (typeof browser !== 'object') continue
  const name = basename(browser.types, '.d.mts')
  writeFileSync(join(types, `${name}.d.mts`), `export * from './${name}.js'\n`)
}
