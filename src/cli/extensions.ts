/**
 * Options beyond nanomsg's nanocat: names that nngcat and macat use for the same things, and what only hubless has. They
 * come after nanocat's in the help, and never take an abbreviation from them.
 */
import { readPem } from './files.ts'
import type { Option } from './parsing/option.ts'
import { bytes, count, oneOf } from './parsing/values.ts'
import { type Settings, shells } from './settings.ts'

type Extension = Omit<Option<Settings>, 'extension' | 'group'>

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
    return [{ ...rest, long, group: 'Names of nngcat and macat', about: `Same as --${name}`, extension: true as const }]
  })
  const others = Object.entries(groups).flatMap(([group, options]) =>
    options.map((option) => ({ ...option, group, extension: true as const }))
  )
  return [...renamed, ...others]
}

const groups: Readonly<Record<string, readonly Extension[]>> = {
  'More Generic': [
    { long: 'version', short: 'V', about: 'Print the version', prints: 'version' },
    {
      long: 'stats',
      about: 'Show the rate while running, on a terminal, and the totals at the end, on stderr',
      apply: (settings) => {
        settings.stats = true
      }
    },
    {
      long: 'completion',
      argument: 'SHELL',
      about: 'Print the completion script for bash, zsh or fish',
      choices: shells,
      provides: ['socket', 'endpoint'],
      apply: (settings, text) => {
        settings.completion = oneOf(shells, text)
      }
    }
  ],
  'More Socket Options': [
    {
      long: 'recv-maxsz',
      short: 'Z',
      argument: 'SIZE',
      about: 'Refuse messages larger than SIZE bytes, such as 65536 or 64KiB; 0 = no limit. Default 1MiB',
      requires: ['readable'],
      apply: (settings, text) => {
        const size = bytes(text)
        settings.recvMaxSize = size === 0 ? Infinity : size
      }
    },
    {
      long: 'cacert',
      argument: 'FILE',
      about: 'Trust the certificate authorities in FILE (PEM)',
      apply: (settings, path) => {
        settings.cacert = readPem(path)
      }
    },
    {
      long: 'cert',
      short: 'E',
      argument: 'FILE',
      about: 'Own certificate (PEM), which may hold the key as well',
      apply: (settings, path) => {
        settings.cert = readPem(path)
      }
    },
    {
      long: 'key',
      argument: 'FILE',
      about: 'Private key of the certificate (PEM)',
      apply: (settings, path) => {
        settings.key = readPem(path)
      }
    },
    {
      long: 'insecure',
      short: 'k',
      about: 'Do not verify the certificate of the peer',
      apply: (settings) => {
        settings.insecure = true
      }
    },
    { long: 'async', about: 'Connect in the background; always so, accepted for nngcat' },
    { long: 'compat', about: 'Behave as nanocat; always so, accepted for nngcat' }
  ],
  'More Input Options': [
    {
      long: 'json',
      about: 'Print each message as a JSON object on a line of its own: time, topic, peer, size, body',
      requires: ['readable'],
      apply: (settings) => {
        settings.format = 'json'
      }
    },
    {
      long: 'decode',
      argument: 'CODEC',
      about: 'With JSON: decode bodies. CODEC is msgpack (needs the package msgpackr)',
      choices: ['msgpack'],
      requires: ['readable'],
      apply: (settings, text) => {
        settings.decode = oneOf(['msgpack'] as const, text)
      }
    }
  ],
  'More Output Options': [
    {
      long: 'count',
      short: 'C',
      argument: 'N',
      about: 'End after N messages, answers or rounds; 0 = never',
      apply: (settings, text) => {
        settings.count = count(text) || Infinity
      }
    },
    {
      long: 'lines',
      about: 'Send each line of standard input as a message, or request, or answer',
      provides: ['data', 'body'],
      conflicts: ['body'],
      requires: ['writable'],
      apply: (settings) => {
        settings.stdin = 'lines'
      }
    },
    {
      long: 'exec',
      argument: 'CMD',
      about:
        'REP and RESPONDENT: answer with what the shell command CMD prints, given the request on its standard input',
      provides: ['data', 'body'],
      conflicts: ['body'],
      requires: ['answers'],
      apply: (settings, text) => {
        settings.exec = text
      }
    },
    {
      long: 'bench',
      about: 'Send, receive or ask at full speed, with a line of progress each second, on stderr',
      provides: ['data'],
      apply: (settings) => {
        settings.bench = true
      }
    },
    {
      long: 'size',
      argument: 'SIZE',
      about: 'Size of what --bench sends without --data. Default 64',
      apply: (settings, text) => {
        settings.size = bytes(text)
      }
    }
  ]
}
