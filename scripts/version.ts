/**
 * Writes src/version.ts from package.json, so that the library never reads package.json at run time.
 * With `--check` it writes nothing and fails when the two differ.
 */
import { readFileSync, writeFileSync } from 'node:fs'

const target = 'src/version.ts'
const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
const expected = `/** Generated from package.json by scripts/version.ts; do not edit. */
export const version = '${version}'
`

if (!process.argv.includes('--check')) {
  writeFileSync(target, expected)
} else if (readFileSync(target, 'utf8') !== expected) {
  console.error(`${target} is not the version in package.json; run: npm run build`)
  process.exitCode = 1
}
