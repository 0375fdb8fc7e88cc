/**
 * `npm run docs`: writes the pages of docs/ that are made from tables of the source.
 * `npm run docs:check` writes nothing and fails when a page is not what its table says.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { pages } from './docs/pages.ts'

const check = process.argv.includes('--check')

for (const [path, render] of Object.entries(pages)) {
  const page = render()
  if (existsSync(path) && readFileSync(path, 'utf8') === page) continue
  if (check) {
    console.error(`${path} is not what its table says; run: npm run docs`)
    process.exitCode = 1
  } else {
    writeFileSync(path, page)
  }
}
