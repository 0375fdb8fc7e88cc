/**
 * Finds circles in the import graph of `src/`, with all that the linter does not look at: `import type`, `export … from`
 * and `import()`, also in types. Prints each knot, the files that reach each other, with a shortest way round, and
 * exits 1.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { knots, wayRound } from './cycles/graph.ts'
import { importsOf } from './cycles/imports.ts'

const source = fileURLToPath(new URL('../src', import.meta.url))
const names = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'))

const graph = new Map(
  names.map((name) => {
    const imported = importsOf(readFileSync(join(source, name), 'utf8')).filter((path) => path.startsWith('.'))
    return [name, imported.map((path) => relative(source, join(source, dirname(name), path)))] as const
  })
)

for (const knot of knots(graph)) {
  console.error(`${knot.length} files import each other in circles: ${knot.join(', ')}`)
  console.error(`  such as ${wayRound(graph, knot).join(' → ')}`)
  process.exitCode = 1
}
