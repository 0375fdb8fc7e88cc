/** docs/errors.md: every error code with its sentence. */
import { errorTable } from '../../src/core/error-table.ts'
import { code, opening, table } from './markdown.ts'

const about = `Every error that hubless throws or rejects with is an \`SpError\`, except the reason of an \`AbortSignal\` and what your own
codec throws. \`code\` is stable and is what to look at; \`message\` says what happened and what to do; \`endpoint\` is the URL
concerned and \`cause\` the error behind it, where there is one. The codes are the names of nanomsg's.

\`\`\`ts
import { Req, SpError } from 'hubless'

await using req = new Req({ failFast: true })
try {
  await req.request('anybody there?')
} catch (error) {
  if (!(error instanceof SpError)) throw error
  console.log(error.code) // → EHOSTUNREACH
}
\`\`\`

Nothing that a peer does is an error of this kind: it is an [event](events.md), counted in \`stats()\`.`

export function errorsPage(): string {
  const rows = Object.entries(errorTable).map(([name, sentence]) => [code(name), sentence])
  return `${opening('Errors', 'src/core/error-table.ts', about)}\n${table(['Code', 'What it means and what to do'], rows)}`
}
