/** Pages that promise something name the test that holds them to it. A name that no test has is an error. */
import { dirname, relative } from 'node:path'
import { readTitles, type TestTitle } from '../conformance/titles.ts'

let titles: readonly TestTitle[] | undefined

/** A link from a page to the test with this title, or with this part of its title that tells it from others. */
export function testLink(title: string, page: string): string {
  titles ??= readTitles()
  const test = titles.find((one) => one.title.includes(title))
  if (test === undefined) throw new Error(`no test is called ${JSON.stringify(title)}, which ${page} names`)
  return `[${title}](${relative(dirname(page), test.file).replaceAll('\\', '/')})`
}
