/**
 * `npm run api`: writes api.txt, what the package promises: the names that each entry exports, and every declaration that
 * can be reached from them. `--check` writes nothing and fails when api.txt is not what the source says, so that a change of
 * what is public is seen in review.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { importsOf } from './cycles/imports.ts'

const report = 'api.txt'
const folder = mkdtempSync(join(tmpdir(), 'hubless-api-'))
const { exports } = JSON.parse(readFileSync('package.json', 'utf8')) as { exports: Record<string, Entry | string> }

interface Entry {
  readonly types?: string
  readonly default?: Entry | string
  readonly browser?: Entry
}

const declarations = new Map<string, string>()

/** The declaration file of a path, and of all that it imports. */
function reach(path: string): void {
  if (declarations.has(path)) return
  const text = readFileSync(join(folder, path), 'utf8')
  declarations.set(path, text)
  for (const imported of importsOf(text)) {
    if (imported.startsWith('.')) {
      reach(relative(folder, join(folder, dirname(path), imported)).replace(/\.(js|ts)$/, '.d.ts'))
    }
  }
}

function typesOf(entry: Entry | string): string[] {
  if (typeof entry === 'string') return []
  const own = entry.types === undefined ? [] : [entry.types.replace('./dist/types/', '').replace('.d.mts', '.d.ts')]
  return [...own, ...(entry.browser ? typesOf(entry.browser) : []), ...(entry.default ? typesOf(entry.default) : [])]
}

try {
  const options = [
    '-p',
    'tsconfig.build.json',
    '--emitDeclarationOnly',
    '--removeComments',
    '--declarationMap',
    'false'
  ]
  execFileSync('tsc', [...options, '--declarationDir', folder], { stdio: 'inherit' })
  const entries = Object.entries(exports).map(([name, entry]) => {
    const files = typesOf(entry)
    files.forEach(reach)
    return `hubless${name.slice(1)}: ${files.join(', ') || entry}\n`
  })
  const bodies = [...declarations].sort(([a], [b]) => (a < b ? -1 : 1)).map(([path, text]) => `\n// ${path}\n${text}`)
  const now = `What hubless promises, made by \`npm run api\` from the source. A change here is a change for users.\n\n${entries.join('')}${bodies.join('')}`
  if (!process.argv.includes('--check')) writeFileSync(report, now)
  else if (readFileSync(report, 'utf8') !== now) {
    console.error(`${report} is not what the source says: what is public has changed. Run: npm run api`)
    process.exitCode = 1
  }
} finally {
  rmSync(folder, { recursive: true })
}
