/**
 * Results: a directory for each kind of machine in `bench/results`, and in it a file per group of cases, into which a run
 * puts the cases that it measured.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { kindOf, type Machine, machine } from './machine.ts'
import type { CaseResult } from './measure.ts'

export interface GroupResults {
  readonly machine: Machine
  readonly cases: readonly CaseResult[]
}

/** The group of a case: the first part of its name. */
export function groupOf(name: string): string {
  return name.split('/')[0] as string
}

/** The results of all kinds of machines, by kind. */
export function readAll(directory: string): ReadonlyMap<string, Results> {
  if (!existsSync(directory)) return new Map()
  return new Map(
    readdirSync(directory)
      .filter((kind) => !kind.includes('.'))
      .sort()
      .map((kind) => [kind, new Results(directory, kind)])
  )
}

export class Results {
  readonly #directory: string
  readonly #machine = machine()

  /** By default those of this machine. */
  constructor(directory: string, kind?: string) {
    this.#directory = join(directory, kind ?? kindOf(this.#machine.cpu))
  }

  /** Puts in a case, in the place of an older result of it; by name, and numbers by size, whatever was measured first. */
  put(result: CaseResult): void {
    const group = groupOf(result.name)
    const others = (this.read(group)?.cases ?? []).filter(({ name }) => name !== result.name)
    const all = [...others, result].sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }))
    mkdirSync(this.#directory, { recursive: true })
    const contents: GroupResults = { machine: this.#machine, cases: all }
    writeFileSync(this.#path(group), `${stringify(contents)}\n`)
  }

  read(group: string): GroupResults | undefined {
    const path = this.#path(group)
    return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as GroupResults) : undefined
  }

  /** All groups that have results. */
  groups(): ReadonlyMap<string, GroupResults> {
    if (!existsSync(this.#directory)) return new Map()
    const names = readdirSync(this.#directory).filter((name) => name.endsWith('.json'))
    return new Map(
      names.sort().map((name) => [name.slice(0, -5), JSON.parse(readFileSync(join(this.#directory, name), 'utf8'))])
    )
  }

  /** All cases, by name. */
  cases(): ReadonlyMap<string, CaseResult> {
    const all = Array.from(this.groups().values()).flatMap(({ cases }) => cases)
    return new Map(all.map((one) => [one.name, one]))
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
