/**
 * Finds the titles of all tests without running any: parses the files under test/ and takes the first argument of every
 * `it`, `test` and `describe`, also behind `.each(…)`, `.skipIf(…)` and the like. Of a title that is put together at run
 * time the literal parts count. What is always skipped, or only planned, is no test.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAst } from 'vitest/node'

export interface TestTitle {
  readonly file: string
  readonly title: string
}

interface Node {
  readonly type: string
  readonly [key: string]: unknown
}

export function readTitles(directory = 'test'): TestTitle[] {
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .sort()
  return files.flatMap((name) => {
    const file = join(directory, name).replaceAll('\\', '/')
    return titlesIn(readFileSync(file, 'utf8')).map((title) => ({ file, title }))
  })
}

/** The titles in one source text, in order. */
export function titlesIn(source: string): string[] {
  const titles: string[] = []
  visit(parseAst(source, { lang: 'ts' }), (node) => {
    if (node.type !== 'CallExpression' || !declaresTests(node.callee as Node)) return
    const [first] = node.arguments as Node[]
    const title = first && literalParts(first)
    if (title) titles.push(title)
  })
  return titles
}

function visit(value: unknown, see: (node: Node) => void): void {
  if (typeof value !== 'object' || value === null) return
  if (typeof (value as Node).type === 'string') see(value as Node)
  for (const child of Object.values(value)) visit(child, see)
}

/** Whether a callee is `it`, `it.each(…)`, `describe.skipIf(…).each(…)`, … */
function declaresTests(callee: Node): boolean {
  if (callee.type === 'Identifier') return ['it', 'test', 'describe'].includes(callee.name as string)
  if (callee.type === 'CallExpression') return declaresTests(callee.callee as Node)
  if (callee.type === 'TaggedTemplateExpression') return declaresTests(callee.tag as Node)
  if (callee.type !== 'MemberExpression') return false
  const property = (callee.property as Node).name
  return property !== 'skip' && property !== 'todo' && declaresTests(callee.object as Node)
}

/** The text of a title; `…` stands for what is only known at run time. */
function literalParts(node: Node): string | undefined {
  if (node.type === 'Literal') return typeof node.value === 'string' ? node.value : undefined
  if (node.type === 'TemplateLiteral') {
    return (node.quasis as { value: { cooked: string } }[]).map(({ value }) => value.cooked).join('…')
  }
  if (node.type !== 'BinaryExpression') return undefined
  const parts = [literalParts(node.left as Node), literalParts(node.right as Node)]
  return parts.every((part) => part === undefined) ? undefined : parts.map((part) => part ?? '…').join('')
}
