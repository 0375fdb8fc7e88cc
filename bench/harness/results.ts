/** Results: a file per group of cases in `bench/results`, into which a run puts the cases that it measured. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Machine, machine } from './machine.ts'
import type { CaseResult } from './measure.ts'

export interface GroupResults {
  readonly machine: Machine
  readonly cases: readonly CaseResult[]
}

/** The group of a case: the first part of its name. */
export function groupOf(name: string): string {
  return name.split('/')[0] as string
}

export class Results {
  readonly #directory: string
  readonly #machine = machine()

  constructor(directory: string) {
    this.#directory = directory
    mkdirSync(directory, { recursive: true })
  }

  /** Puts in a case, in the place of an older result of it. */
  put(result: CaseResult): void {
    const group = groupOf(result.name)
    const cases = this.read(group)?.cases ?? []
    const known = cases.some(({ name }) => name === result.name)
    const all = known ? cases.map((old) => (old.name === result.name ? result : old)) : [...cases, result]
    const contents: GroupResults = { machine: this.#machine, cases: all }
    writeFileSync(this.#path(group), `${stringify(contents)}\n`)
  }

  read(group: string): GroupResults | undefined {
    const path = this.#path(group)
    return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as GroupResults) : undefined
  }

  /** All groups that have results. */
  groups(): ReadonlyMap<string, GroupResults> {
    const names = readdirSync(this.#directory).filter((name) => name.endsWith('.json'))
    return new Map(
      names.sort().map((name) => [name.slice(0, -5), JSON.parse(readFileSync(join(this.#directory, name), 'utf8'))])
    )
  }

  #path(group: string): string {
    return join(this.#directory, `${group}.json`)
  }
}

/** JSON with lists of numbers on one line. */
function stringify(value: unknown): string {
  return JSON.stringify(value, null, 2).replace(
    /\[\s+(-?[\d.e+-]+(?:,\s+-?[\d.e+-]+)*)\s+\]/g,
    (_, numbers: string) => {
      return `[${numbers.replace(/\s+/g, ' ')}]`
    }
  )
}
