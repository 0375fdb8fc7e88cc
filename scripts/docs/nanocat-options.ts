/** docs/nanocat-options.md: the options of the command line, from the tables that parse it. */
import { clusterCommand } from '../../src/cli/cluster/options.ts'
import { deviceCommand } from '../../src/cli/device/options.ts'
import { healthCommand } from '../../src/cli/health/options.ts'
import { hubCommand } from '../../src/cli/hub/options.ts'
import { nanocat } from '../../src/cli/options.ts'
import type { Command, Option } from '../../src/cli/parsing/option.ts'
import { code, opening, table } from './markdown.ts'

const about = `The command line of [nanocat](nanocat.md). Long names may be shortened as far as they stay unique, with or without \`=\`
before their value; short ones may be joined, with the value attached (\`-vL5555\`). SEC is in seconds, or a duration
such as \`250ms\`, \`2m\`. An option that needs something is refused without one of the options that provide it: *readable* and
*writable* are what the socket type can do. Of the options that provide the same *socket* or *body* there can be one.
A ⁺ marks what nanomsg's nanocat does not have.`

export function nanocatOptionsPage(): string {
  const sections = [
    section('nanocat', nanocat),
    section('nanocat device', deviceCommand),
    section('nanocat health', healthCommand),
    section('nanocat cluster', clusterCommand),
    section('nanocat hub', hubCommand)
  ]
  return `${opening('Options of nanocat', 'src/cli/options.ts and its neighbours', about)}\n${sections.join('\n')}`
}

function section<S>(title: string, { options }: Command<S>): string {
  const rows = options.map((option) => [names(option), option.about, needs(option)])
  return `## ${title}\n\n${table(['Option', 'What it does', 'Needs, excludes'], rows)}`
}

function names<S>({ long, short, argument, extension }: Option<S>): string {
  const value = argument === undefined ? '' : ` ${argument}`
  const all = [code(`--${long}${value}`), ...(short === undefined ? [] : [code(`-${short}`)])].join(', ')
  return extension === true ? `${all} ⁺` : all
}

function needs<S>({ requires = [], conflicts = [] }: Option<S>): string {
  return [
    ...(requires.length > 0 ? [`needs ${requires.join(', ')}`] : []),
    ...(conflicts.length > 0 ? [`only one ${conflicts.join(', ')}`] : [])
  ].join('; ')
}
