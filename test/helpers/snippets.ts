/**
 * The programs in the documentation: every block that begins with ```ts in README.md, CONTRIBUTING.md and docs/. One
 * that cannot run by itself begins with ```ts no-run and is checked by the compiler only.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'

export interface Snippet {
  /** File and number of its first line. */
  readonly name: string
  readonly source: string
  readonly runs: boolean
  /** What it says it prints: the comments that begin with an arrow, in order. */
  readonly prints: readonly string[]
}

export function readSnippets(): Snippet[] {
  const names = readdirSync('docs', { recursive: true, encoding: 'utf8' })
  const pages = ['README.md', 'CONTRIBUTING.md', ...names.map((name) => `docs/${name.replaceAll('\\', '/')}`)]
  return pages.filter((page) => page.endsWith('.md') && existsSync(page)).flatMap(snippetsOf)
}

function snippetsOf(page: string): Snippet[] {
  const text = readFileSync(page, 'utf8')
  return [...text.matchAll(/^```ts( no-run)?\n(.*?)^```$/gms)].map(({ 1: noRun, 2: source = '', index }) => ({
    name: `${page}:${text.slice(0, index).split('\n').length + 1}`,
    source,
    runs: noRun === undefined,
    prints: [...source.matchAll(/\/\/ → (.*)$/gm)].map(([, line = '']) => line)
  }))
}
