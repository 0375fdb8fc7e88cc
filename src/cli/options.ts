/** nanocat's own options: names, order, texts, conflicts and needs are those of nanomsg 1.1.5. */
import { extensions } from './extensions.ts'
import { readFile } from './files.ts'
import type { Command, Option } from './parsing/option.ts'
import { milliseconds, oneOf, timeout } from './parsing/values.ts'
import { type Format, formats, type Pattern, type Settings } from './settings.ts'

type NanocatOption = Option<Settings>

const abilities: Record<Pattern, readonly string[]> = {
  push: ['writable'],
  pull: ['readable'],
  pub: ['writable'],
  sub: ['readable', 'sub'],
  req: ['readable', 'writable'],
  rep: ['readable', 'writable', 'answers'],
  surveyor: ['readable', 'writable'],
  respondent: ['readable', 'writable', 'answers'],
  bus: ['readable', 'writable'],
  pair: ['readable', 'writable']
}
const needsData: readonly Pattern[] = ['push', 'pub', 'req', 'surveyor']

/** The option that chooses a pattern. */
function patternOption(pattern: Pattern): NanocatOption {
  return {
    long: pattern,
    program: `nn_${pattern}`,
    group: 'Socket Types',
    about: `Use NN_${pattern.toUpperCase()} socket type`,
    provides: ['socket', ...abilities[pattern]],
    conflicts: ['socket'],
    ...(needsData.includes(pattern) && { requires: ['data'] }),
    apply: (settings) => {
      settings.pattern = pattern
    }
  }
}

function endpointOption(long: string, side: 'binds' | 'connects', prefix = '', short?: string): NanocatOption {
  const [verb, name, argument] = [
    side === 'binds' ? 'Bind' : 'Connect',
    prefix.slice(0, prefix.indexOf(':')),
    prefix === '' ? 'ADDR' : prefix.startsWith('ipc') ? 'PATH' : 'PORT'
  ]
  return {
    long,
    ...(short !== undefined && { short }),
    argument,
    group: 'Socket Options',
    about:
      prefix === ''
        ? `${verb} socket to the address ADDR`
        : `${verb} socket to the ${name} address "${prefix}${argument}".`,
    provides: ['endpoint'],
    apply: (settings, address) => {
      settings[side].push(prefix + address)
    }
  }
}

function formatOption(format: Format, about: string, short?: string): NanocatOption {
  return {
    long: format,
    ...(short !== undefined && { short }),
    group: 'Input Options',
    about,
    requires: ['readable'],
    apply: (settings) => {
      settings.format = format
    }
  }
}

const own: readonly NanocatOption[] = [
  {
    long: 'verbose',
    short: 'v',
    group: 'Generic',
    about: 'Increase verbosity of the nanocat',
    apply: (settings) => {
      settings.verbosity++
    }
  },
  {
    long: 'silent',
    short: 'q',
    group: 'Generic',
    about: 'Decrease verbosity of the nanocat',
    apply: (settings) => {
      settings.verbosity--
    }
  },
  { long: 'help', short: 'h', group: 'Generic', about: 'This help text', prints: 'help' },
  ...(['push', 'pull', 'pub', 'sub', 'req', 'rep', 'surveyor', 'respondent', 'bus', 'pair'] as const).map(
    patternOption
  ),
  endpointOption('bind', 'binds'),
  endpointOption('connect', 'connects'),
  endpointOption('bind-ipc', 'binds', 'ipc://', 'X'),
  endpointOption('connect-ipc', 'connects', 'ipc://', 'x'),
  endpointOption('bind-local', 'binds', 'tcp://127.0.0.1:', 'L'),
  endpointOption('connect-local', 'connects', 'tcp://127.0.0.1:', 'l'),
  {
    long: 'recv-timeout',
    argument: 'SEC',
    group: 'Socket Options',
    about: 'Set timeout for receiving a message',
    requires: ['readable'],
    apply: (settings, text) => {
      settings.recvTimeout = timeout(text)
    }
  },
  {
    long: 'send-timeout',
    argument: 'SEC',
    group: 'Socket Options',
    about: 'Set timeout for sending a message',
    requires: ['writable'],
    apply: (settings, text) => {
      settings.sendTimeout = timeout(text)
    }
  },
  {
    long: 'socket-name',
    argument: 'NAME',
    group: 'Socket Options',
    about: 'Name of the socket for statistics',
    apply: (settings, name) => {
      settings.name = name
    }
  },
  {
    long: 'subscribe',
    argument: 'PREFIX',
    group: 'SUB Socket Options',
    about:
      'Subscribe to the prefix PREFIX. Note: socket will be subscribed to everything (empty prefix) if no prefixes ' +
      'are specified on the command-line.',
    requires: ['sub'],
    apply: (settings, prefix) => {
      settings.subscriptions.push(prefix)
    }
  },
  {
    long: 'format',
    argument: 'FORMAT',
    group: 'Input Options',
    about: 'Use echo format FORMAT (same as the options below)',
    requires: ['readable'],
    choices: formats,
    apply: (settings, text) => {
      settings.format = oneOf(formats, text)
    }
  },
  formatOption('raw', 'Dump message as is (Note: no delimiters are printed)'),
  formatOption(
    'ascii',
    'Print ASCII part of message delimited by newline. All non-ascii characters replaced by dot.',
    'A'
  ),
  formatOption('quoted', 'Print each message on separate line in double quotes with C-like character escaping', 'Q'),
  formatOption(
    'msgpack',
    'Print each message as msgpacked string (raw type). This is useful for programmatic parsing.'
  ),
  formatOption('hex', 'Print each message on separate line in double quotes with hex values'),
  {
    long: 'interval',
    short: 'i',
    argument: 'SEC',
    group: 'Output Options',
    about: 'Send message (or request) every SEC seconds',
    requires: ['writable'],
    apply: (settings, text) => {
      const ms = milliseconds(text)
      settings.interval = ms >= 0 ? ms : undefined
    }
  },
  {
    long: 'delay',
    short: 'd',
    argument: 'SEC',
    group: 'Output Options',
    about: 'Wait for SEC seconds before sending message (useful for one-shot PUB sockets)',
    apply: (settings, text) => {
      const ms = milliseconds(text)
      settings.delay = Math.max(ms, 0)
    }
  },
  {
    long: 'data',
    short: 'D',
    argument: 'DATA',
    group: 'Output Options',
    about:
      'Send DATA to the socket and quit for PUB, PUSH, PAIR, BUS socket. Use DATA to reply for REP or  RESPONDENT ' +
      'socket. Send DATA as request for REQ or SURVEYOR socket.',
    provides: ['data', 'body'],
    conflicts: ['body'],
    requires: ['writable'],
    apply: (settings, text) => {
      settings.data = Buffer.from(text)
    }
  },
  {
    long: 'file',
    short: 'F',
    argument: 'PATH',
    group: 'Output Options',
    about: 'Same as --data but get data from file PATH',
    provides: ['data', 'body'],
    conflicts: ['body'],
    requires: ['writable'],
    apply: (settings, path) => {
      if (path === '-') settings.stdin = 'whole'
      else settings.data = readFile(path)
    }
  }
]

export const nanocat: Command<Settings> = {
  options: [...own, ...extensions(own)],
  required: ['socket', 'endpoint'],
  about: 'A command-line interface to nanomsg',
  examples: [
    'nanocat --pull --bind tcp://*:5555 --format json',
    'nanocat --req --connect ipc:///tmp/echo -D hello -A',
    'tail -f log | nanocat --pub --bind ws://*:8080/log --lines',
    'nanocat --rep --bind tcp://*:5555 --exec "tr a-z A-Z"',
    'nanocat device --help',
    'nanocat health --help'
  ]
}
