/** Puts the checklist, the titles of the tests and the reasons for gaps together, and says what does not fit. */
import type { ChecklistLine } from './checklist.ts'
import type { TestTitle } from './titles.ts'

export interface CoveredLine extends ChecklistLine {
  readonly tests: readonly TestTitle[]
  /** Why there is none, where one is given. */
  readonly reason: string | undefined
}

export interface Coverage {
  readonly lines: readonly CoveredLine[]
  /** One sentence for everything that is wrong; empty when all is well. */
  readonly problems: readonly string[]
}

/** Ids look like `REQ-12`. */
const idPattern = /\b[A-Z]{1,4}-\d{2,3}\b/g

export function coverage(
  checklist: readonly ChecklistLine[],
  titles: readonly TestTitle[],
  reasons: Readonly<Record<string, string>>
): Coverage {
  const groups = new Set(checklist.map(({ group }) => group))
  const known = new Set(checklist.map(({ id }) => id))
  const tests = new Map<string, TestTitle[]>()
  const problems: string[] = []
  for (const test of titles) {
    for (const id of idsIn(test.title, groups)) {
      if (!known.has(id)) problems.push(`${test.file} names ${id}, which is no line of the checklist: ${test.title}`)
      tests.set(id, [...(tests.get(id) ?? []), test])
    }
  }
  const lines = checklist.map((line) => {
    const reason = reasons[line.id] ?? reasons[`${line.group}-*`]
    return { ...line, tests: tests.get(line.id) ?? [], reason }
  })
  const bare = lines.filter(({ tests, reason }) => tests.length === 0 && reason === undefined)
  if (bare.length > 0) problems.push(`neither a test nor a reason in open.ts: ${bare.map(({ id }) => id).join(' ')}`)
  for (const { id, tests } of lines) {
    if (tests.length > 0 && id in reasons) problems.push(`${id} has tests; take its reason out of open.ts`)
  }
  for (const key of Object.keys(reasons)) {
    const open = lines.some(({ id, group, tests }) => (id === key || `${group}-*` === key) && tests.length === 0)
    if (!open && !known.has(key)) problems.push(`open.ts gives a reason for ${key}, which is nothing that is open`)
  }
  return { lines, problems }
}

/** The ids a title begins with or mentions. `SHA-256` in the middle of one is none, since there is no such group. */
function idsIn(title: string, groups: ReadonlySet<string>): string[] {
  const leading = /^([A-Z]{1,4}-\d{2,3} )*/.exec(title)?.[0].length ?? 0
  const ids: string[] = []
  for (const match of title.matchAll(idPattern)) {
    const [id] = match
    if (match.index < leading || groups.has(id.slice(0, id.indexOf('-')))) ids.push(id)
  }
  return [...new Set(ids)]
}
