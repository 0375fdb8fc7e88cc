/** Reads docs/conformance.md: every line of the checklist by its id, in the order of the page. */
import { readFileSync } from 'node:fs'

export interface ChecklistLine {
  readonly id: string
  /** The id without its number: `REQ`. */
  readonly group: string
  readonly text: string
}

export function readChecklist(path = 'docs/conformance.md'): ChecklistLine[] {
  const lines: ChecklistLine[] = []
  for (const [, id, group, text] of readFileSync(path, 'utf8').matchAll(/^- \*\*(([A-Z]+)-\d\d)\*\* (.*)$/gm)) {
    if (id !== undefined && group !== undefined && text !== undefined) lines.push({ id, group, text })
  }
  return lines
}
