/** What is said about a wrong command line, in nanocat's words. */
import { UsageFailure } from '../failure.ts'
import { visible } from '../terminal.ts'
import type { Line } from './line.ts'
import type { Option, Trait } from './option.ts'

export function unexpected<S>({ program }: Line<S>, word: string): UsageFailure {
  return new UsageFailure(`${program}: Unexpected argument \`\`${visible(word)}''`)
}

export function unknownShort<S>({ program }: Line<S>, letter: string): UsageFailure {
  return new UsageFailure(`${program}: Unknown option \`\`-${visible(letter)}''`)
}

export function ambiguous<S>({ program }: Line<S>, word: string, found: readonly Option<S>[]): UsageFailure {
  const names = found.map(({ long }) => `\n    ${long}`).join('')
  return new UsageFailure(`${program}: Ambiguous option \`\`${visible(word)}'':${names}`)
}

/** Something is wrong with one option. */
export function option<S>(line: Line<S>, about: Option<S>, problem: string): UsageFailure {
  return new UsageFailure(`${line.program}: Option${quote(line, about)}${problem}`)
}

export function choice<S>(line: Line<S>, about: Option<S>, argument: string): UsageFailure {
  const choices = about.choices ?? []
  const list = choices.map((value) => `\n    ${value}`).join('')
  const text = `${line.program}: Invalid value \`\`${visible(argument)}'' for${quote(line, about)}. Options are:${list}`
  return new UsageFailure(text, argument, choices)
}

export function conflict<S>(line: Line<S>, about: Option<S>): UsageFailure {
  const others = [...line.command.options].filter(
    (other) => other !== about && line.usages.has(other) && overlap(other.provides, about.conflicts)
  )
  const list = (others.length > 0 ? others : [about]).map((other) => `\n   ${quote(line, other)}`).join('')
  return option(line, about, `conflicts with the following options:${list}`)
}

export function requirement<S>(line: Line<S>, about: Option<S>): UsageFailure {
  return option(line, about, `requires at least one of the following options:${providers(line, about.requires)}`)
}

export function missing<S>(line: Line<S>, traits: readonly Trait[]): UsageFailure {
  return new UsageFailure(`${line.program}: At least one of the following required:${providers(line, traits)}`)
}

function providers<S>({ command }: Line<S>, traits: readonly Trait[] | undefined): string {
  const able = command.options.filter((o) => overlap(o.provides, traits))
  const own = able.filter((o) => o.extension === undefined)
  return (own.length > 0 ? own : able)
    .flatMap(({ long, short }) => [`\n    --${long}`, ...(short === undefined ? [] : [`\n    -${short}`])])
    .join('')
}

/** A long name that nobody knows. */
export function unknownLong<S>({ program, command }: Line<S>, word: string, name: string): UsageFailure {
  const known = command.options.map(({ long }) => `--${long}`)
  return new UsageFailure(`${program}: Unknown option \`\`${visible(word)}''`, `--${name}`, known)
}

/** The option as the user wrote it: what was left out of a name in brackets, a letter with its name. */
function quote<S>({ usages }: Line<S>, about: Option<S>): string {
  const { long } = about
  const usage = usages.get(about)
  if (usage?.form === 'program') return ` ${visible(usage.text)} (executable) `
  if (usage?.form === 'short') return ` -${usage.text} (--${long}) `
  const text = usage?.text ?? `--${long}`
  const written = text.split('=', 1)[0] ?? ''
  const left = long.slice(written.length - 2)
  return left === '' ? ` ${visible(text)} ` : ` ${visible(written)}[${left}] `
}

function overlap(some: readonly Trait[] | undefined, others: readonly Trait[] | undefined): boolean {
  return some?.some((trait) => others?.includes(trait)) === true
}
