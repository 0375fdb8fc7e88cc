/** docs/options.md: every option with its default and what is allowed. */
import { socketOptions } from '../../src/core/option-table.ts'
import type { OptionName } from '../../src/core/options.ts'
import type { OptionRule } from '../../src/core/rules.ts'
import { endpointOptions, patternOptions } from './all-options.ts'
import { code, opening, table } from './markdown.ts'
import { optionTexts } from './option-texts.ts'

const about = `Durations are in milliseconds, sizes in bytes, and \`Infinity\` is "no limit". Options are checked when a socket or endpoint is
made: a wrong value or an unknown name throws \`EINVAL\`, which names the option, the value and what is allowed. \`undefined\`
is the default. What is in force can be read as \`socket.options\` and \`endpoint.options\`.`

const scopes = [
  ['Every socket', socketOptions, 'Given to the constructor.'],
  [
    'Every socket and every endpoint',
    endpointOptions,
    'Given to the constructor, or to `bind` and `connect`, where it overrides the socket.'
  ],
  ['Some sockets', patternOptions, 'Given to the constructor of the sockets named.']
] as const

export function optionsPage(): string {
  return (
    opening('Options', 'the tables of options in src and scripts/docs/option-texts.ts', about) +
    scopes.map(section).join('')
  )
}

function section([title, options, where]: (typeof scopes)[number]): string {
  const own = Object.entries<OptionRule>(options)
  const only = options === patternOptions
  const headings = ['Option', ...(only ? ['Of'] : []), 'Default', 'Allowed', 'What it does', 'nanomsg']
  const rows = own.map(([name, rule]) => {
    const text = optionTexts[name as OptionName]
    return [
      code(name),
      ...(only ? [text.only ?? ''] : []),
      defaultOf(rule),
      rule.allowed,
      text.about,
      text.nanomsg === undefined ? '' : code(text.nanomsg)
    ]
  })
  return `\n## ${title}\n\n${where}\n\n${table(headings, rows)}`
}

function defaultOf({ default: value }: OptionRule): string {
  if (value === undefined) return ''
  return code(typeof value === 'string' ? `'${value}'` : String(value))
}
