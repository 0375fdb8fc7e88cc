/** The table of what works where, in Markdown: a row for each feature, a column for each runtime, reasons below. */
import { readFileSync, writeFileSync } from 'node:fs'
import { table as markdown } from '../docs/markdown.ts'
import { unsupported } from './runtimes.ts'

export function table(
  features: readonly { readonly name: string }[],
  results: ReadonlyMap<string, readonly (string | undefined)[]>
): string {
  const reasons: string[] = []
  const rows = features.map(({ name }, index) => [
    name,
    ...Array.from(results, ([runtime, row]) => {
      if (row[index] === undefined) return 'yes'
      const reason = unsupported(runtime, name)
      if (reason === undefined) return 'FAILS'
      if (!reasons.includes(reason)) reasons.push(reason)
      return `no (${reasons.indexOf(reason) + 1})`
    })
  ])
  const notes = reasons.map((reason, index) => `${index + 1}. ${reason}`)
  return [markdown(['Feature', ...results.keys()], rows), ...(notes.length > 0 ? ['', ...notes] : [])].join('\n')
}

/** Puts a text between the marks of that name in a page. */
export function fill(page: string, mark: string, text: string): void {
  const marks = new RegExp(`(<!-- ${mark} -->\\n)[\\s\\S]*(<!-- end of ${mark} -->)`)
  const filled = readFileSync(page, 'utf8').replace(marks, (_, begin, end) => `${begin}${text}\n${end}`)
  writeFileSync(page, filled)
}
