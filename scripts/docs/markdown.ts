/** What the generated pages share: their first lines and their tables. */

/** The beginning of a page, which says where it comes from. */
export function opening(title: string, source: string, about: string): string {
  return `# ${title}\n\n<!-- Generated from ${source} by \`npm run docs\`; do not edit. -->\n\n${about}\n`
}

export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |\n`
  return line(headings) + line(headings.map(() => '---')) + rows.map(line).join('')
}

export const code = (text: string): string => `\`${text}\``

/** A bar would end the cell. */
const cell = (text: string): string => text.replaceAll('|', '\\|')
