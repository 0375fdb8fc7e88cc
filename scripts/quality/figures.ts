/** What `npm run coverage` and `npm run mutation` found, as they left it; `docs/quality.md` is made from it. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'

const path = 'scripts/quality/figures.json'

export interface Covered {
  readonly branches: number
  readonly covered: number
}

export interface Mutated {
  /** ISO date of the run. */
  readonly date: string
  readonly mutants: number
  readonly killed: number
  /** `line:column mutator, …` by file, of those that no test noticed. */
  readonly survivors: Readonly<Record<string, string>>
}

export interface Figures {
  /** ISO date of the run. */
  readonly coverageDate: string
  readonly coverage: Readonly<Record<string, Covered>>
  readonly mutation: Readonly<Record<string, Mutated>>
}

export function readFigures(): Figures {
  if (!existsSync(path)) return { coverageDate: '', coverage: {}, mutation: {} }
  return JSON.parse(readFileSync(path, 'utf8')) as Figures
}

export function writeFigures(figures: Figures): void {
  writeFileSync(path, `${JSON.stringify(figures, undefined, 2)}\n`)
}

export const today = (): string => new Date().toISOString().slice(0, 10)
