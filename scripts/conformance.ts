/**
 * `npm run conformance`: which test asserts which line of docs/conformance.md. Prints every line with the files and
 * titles of its tests, or with the reason why there is none, and the totals of each group. Exits 1 when a line has
 * neither, when a reason is out of date, and when a test names a line that does not exist.
 * `npm run conformance -- REQ TLS` prints these groups only, `-- --open` what has no test, `-- --totals` no lines at all.
 */
import { readChecklist } from './conformance/checklist.ts'
import { type CoveredLine, coverage } from './conformance/coverage.ts'
import { open } from './conformance/open.ts'
import { readTitles } from './conformance/titles.ts'

const flags = process.argv.slice(2).filter((argument) => argument.startsWith('--'))
const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith('--'))
const { lines, problems } = coverage(readChecklist(), readTitles(), open)

const groups = [...new Set(lines.map(({ group }) => group))]
for (const group of groups) {
  if (wanted.length > 0 && !wanted.includes(group)) continue
  const own = lines.filter((line) => line.group === group)
  console.log(`\n${group}  ${totals(own)}`)
  if (flags.includes('--totals')) continue
  for (const line of own) if (line.tests.length === 0 || !flags.includes('--open')) show(line)
}
console.log(`\nall  ${totals(lines)}`)

for (const problem of problems) console.error(problem)
if (problems.length > 0) process.exitCode = 1

function totals(of: readonly CoveredLine[]): string {
  const covered = of.filter(({ tests }) => tests.length > 0).length
  return `${covered} of ${of.length} lines have tests`
}

function show({ id, tests, reason }: CoveredLine): void {
  if (tests.length === 0) console.log(`  ${id}  open: ${reason ?? 'NO TEST, NO REASON'}`)
  for (const { file, title } of tests) console.log(`  ${id}  ${file}: ${title}`)
}
