/** docs/quality.md: how much of the code the tests reach, and how much of it they would miss. */
import { type Covered, type Mutated, readFigures } from '../quality/figures.ts'
import { modules } from '../quality/modules.ts'
import { opening, table } from './markdown.ts'

const about = `Two figures about the tests. Neither is measured by \`.ci/run\`: both take minutes, and say something about the tests and not
about a change.

- *Branch coverage*: of the ways that code may go, how many some test goes. \`npm run coverage\` fails where core, protocols or
  transports are below 95 %. What runs in pages alone is tested in browsers, where it is not counted.
- *Mutation score*: of the changes that [Stryker](https://stryker-mutator.io) makes to a module, one at a time, how many make a test fail.
  \`npm run mutation\`, or \`npm run mutation -- hello\` for one module. 85 % are wanted; what survives below is listed.`

const percent = (part: number, whole: number): string => `${((100 * part) / Math.max(1, whole)).toFixed(1)} %`

export function qualityPage(): string {
  const { coverage, coverageDate, mutation } = readFigures()
  const layers = Object.entries(coverage).map(([layer, { branches, covered }]: [string, Covered]) => [
    `src/${layer}`,
    String(branches),
    percent(covered, branches)
  ])
  const mutated = Object.entries(modules).flatMap(([name, { explained = '' }]) => {
    const found: Mutated | undefined = mutation[name]
    return found === undefined
      ? []
      : [[name, String(found.mutants), percent(found.killed, found.mutants), found.date, explained]]
  })
  const survivors = Object.values(mutation).flatMap((found) => Object.entries(found.survivors))
  return [
    opening('Quality of the tests', 'scripts/quality/figures.json', about),
    `\n## Branch coverage\n\nMeasured on ${coverageDate}.\n\n${table(['Layer', 'Branches', 'Taken'], layers)}`,
    `\n## Mutation score\n\n${table(['Module', 'Mutants', 'Noticed', 'Measured on', 'Why others survive'], mutated)}`,
    `\n### Survivors\n\nLine and column in the file, and the kind of change.\n\n`,
    ...survivors.map(([file, places]) => `- \`${file}\`: ${places}\n`)
  ].join('')
}
