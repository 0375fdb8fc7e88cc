/** The help text of a command, in the layout of nanocat's, which it equals byte for byte as far as nanocat's goes. */
import { version } from '../version.ts'
import type { Command, Option } from './parsing/option.ts'

const column = 24
const width = 80 - column

/** What `--help` and `--version` print. */
export function print<S>(what: 'help' | 'version', command: Command<S>, program: string): string {
  return what === 'help' ? renderHelp(command, program) : `${program} (hubless) ${version}\n`
}

function renderHelp<S>(command: Command<S>, program: string): string {
  const lines = ['Usage:', `    ${program} ${command.usage ?? usage(command)}`, '', command.about]
  let group: string | undefined
  for (const option of command.options) {
    if (option.group !== group) lines.push('', `${option.group}:`)
    group = option.group
    lines.push(...renderOption(option))
  }
  if (command.examples !== undefined) {
    lines.push('', 'Examples:', ...command.examples.map((example) => ` ${example}`))
  }
  return `${lines.join('\n')}\n`
}

function usage<S>({ options, required }: Command<S>): string {
  const own = options.filter((option) => option.extension === undefined)
  const needed = own.filter(({ provides }) => provides?.some((trait) => required.includes(trait)))
  const rest = own.filter((option) => option.short !== undefined && !needed.includes(option))
  const flags = rest.filter(({ argument }) => argument === undefined).map(({ short }) => short)
  const others = rest.filter(({ argument }) => argument !== undefined)
  return [
    `{${needed.map(({ long }) => `--${long}`).join('|')}}`,
    `[-${flags.join('')}]`,
    ...others.map(({ short, argument }) => `[-${short} ${argument}]`),
    '[options] '
  ].join(' ')
}

function renderOption<S>({ long, short, argument, about }: Option<S>): string[] {
  const names = ` --${long}${short === undefined ? '' : `,-${short}`}${argument === undefined ? '' : ` ${argument}`}`
  const text = wrap(about)
  const first = names.length < column - 1 ? `${names.padEnd(column)}${text.shift() ?? ''}` : names
  return [first, ...text.map((line) => ' '.repeat(column) + line)]
}

/** Breaks at the last space before the column, and two spaces stay two, as nanocat does it. */
function wrap(text: string): string[] {
  const lines: string[] = []
  let rest = text
  while (rest.length >= width) {
    const at = rest.lastIndexOf(' ', width)
    if (at < 2) break
    lines.push(rest.slice(0, at))
    rest = rest.slice(at + 1)
  }
  if (rest !== '' || lines.length === 0) lines.push(rest)
  return lines
}
