/**
 * Options beyond nanomsg's nanocat: names that nngcat and macat use for the same things, and what only hubless has. They
 * come after nanocat's in the help, and never take an abbreviation from them.
 */
import type { Option } from './parsing/option.ts'
import { asText, type Grouped, group, setters } from './parsing/setting.ts'
import { bytes, count, oneOf } from './parsing/values.ts'
import { type Settings, shells } from './settings.ts'
import { tlsOptions } from './tls.ts'

/** Other tools' names of nanocat's options. */
const aliases: Readonly<Record<string, string>> = {
  req0: 'req',
  rep0: 'rep',
  pub0: 'pub',
  sub0: 'sub',
  push0: 'push',
  pull0: 'pull',
  surveyor0: 'surveyor',
  respondent0: 'respondent',
  bus0: 'bus',
  pair0: 'pair',
  listen: 'bind',
  dial: 'connect',
  'send-interval': 'interval',
  'send-delay': 'delay'
}

export function extensions(own: readonly Option<Settings>[]): Option<Settings>[] {
  const renamed = Object.entries(aliases).flatMap(([long, name]) => {
    const option = own.find((o) => o.long === name)
    if (option === undefined) return []
    const { short: _short, program: _program, ...rest } = option
    return [{ ...rest, long, group: 'Names of nngcat and macat', about: `Same as --${name}` }]
  })
  const others = Object.entries(groups).flatMap(([heading, options]) => group(heading, options))
  return [...renamed, ...others].map((option) => ({ ...option, extension: true as const }))
}

const { sets, switches } = setters<Settings>()
const codecs = ['msgpack'] as const

const groups: Readonly<Record<string, readonly Grouped<Settings>[]>> = {
  'More Generic': [
    { long: 'version', short: 'V', about: 'Print the version', prints: 'version' },
    switches('stats', {
      long: 'stats',
      about: 'Show the rate while running, on a terminal, and the totals at the end, on stderr'
    }),
    sets('completion', (text) => oneOf(shells, text), {
      long: 'completion',
      argument: 'SHELL',
      about: 'Print the completion script for bash, zsh or fish',
      choices: shells,
      provides: ['socket', 'endpoint']
    })
  ],
  'More Socket Options': [
    sets('recvMaxSize', (text) => bytes(text) || Infinity, {
      long: 'recv-maxsz',
      short: 'Z',
      argument: 'SIZE',
      about: 'Refuse messages larger than SIZE bytes, such as 65536 or 64KiB; 0 = no limit. Default 1MiB',
      requires: ['readable']
    }),
    ...tlsOptions,
    { long: 'async', about: 'Connect in the background; always so, accepted for nngcat' },
    { long: 'compat', about: 'Behave as nanocat; always so, accepted for nngcat' }
  ],
  'More Input Options': [
    sets('format', () => 'json', {
      long: 'json',
      about: 'Print each message as a JSON object on a line of its own: time, topic, peer, size, body',
      requires: ['readable']
    }),
    sets('decode', (text) => oneOf(codecs, text), {
      long: 'decode',
      argument: 'CODEC',
      about: 'With JSON: decode bodies. CODEC is msgpack (needs the package msgpackr)',
      choices: codecs,
      requires: ['readable']
    })
  ],
  'More Output Options': [
    sets('count', (text) => count(text) || Infinity, {
      long: 'count',
      short: 'C',
      argument: 'N',
      about: 'End after N messages, answers or rounds; 0 = never'
    }),
    sets('stdin', () => 'lines', {
      long: 'lines',
      about: 'Send each line of standard input as a message, or request, or answer',
      provides: ['data', 'body'],
      conflicts: ['body'],
      requires: ['writable']
    }),
    sets('exec', asText, {
      long: 'exec',
      argument: 'CMD',
      about:
        'REP and RESPONDENT: answer with what the shell command CMD prints, given the request on its standard input',
      provides: ['data', 'body'],
      conflicts: ['body'],
      requires: ['answers']
    }),
    switches('bench', {
      long: 'bench',
      about: 'Send, receive or ask at full speed, with a line of progress each second, on stderr',
      provides: ['data']
    }),
    sets('size', bytes, {
      long: 'size',
      argument: 'SIZE',
      about: 'Size of what --bench sends without --data. Default 64'
    })
  ]
}
