/** nanocat's own options: names, order, texts, conflicts and needs are those of nanomsg 1.1.5. */
import { extensions } from './extensions.ts'
import { readFile } from './files.ts'
import type { Command, Option } from './parsing/option.ts'
import { asText, type Grouped, group, setters } from './parsing/setting.ts'
import { oneOf, pause, timeout } from './parsing/values.ts'
import { type Format, formats, type Pattern, patterns, type Settings } from './settings.ts'

const { sets, adds } = setters<Settings>()

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
function patternOption(pattern: Pattern): Grouped<Settings> {
  return sets('pattern', () => pattern, {
    long: pattern,
    program: `nn_${pattern}`,
    about: `Use NN_${pattern.toUpperCase()} socket type`,
    provides: ['socket', ...abilities[pattern]],
    conflicts: ['socket'],
    ...(needsData.includes(pattern) && { requires: ['data'] })
  })
}

function endpointOption(long: string, side: 'binds' | 'connects', prefix = '', short?: string): Grouped<Settings> {
  const [verb, name, argument] = [
    side === 'binds' ? 'Bind' : 'Connect',
    prefix.slice(0, prefix.indexOf(':')),
    prefix === '' ? 'ADDR' : prefix.startsWith('ipc') ? 'PATH' : 'PORT'
  ]
  return {
    long,
    ...(short !== undefined && { short }),
    argument,
    about:
      prefix === ''
        ? `${verb} socket to the address ADDR`
        : `${verb} socket to the ${name} address "${prefix}${argument}".`,
    provides: ['endpoint'],
    apply: (settings, address) => void settings[side].push(prefix + address)
  }
}

function formatOption(format: Format, about: string, short?: string): Grouped<Settings> {
  return sets('format', () => format, {
    long: format,
    ...(short !== undefined && { short }),
    about,
    requires: ['readable']
  })
}

/** Where a body comes from: one of these options only. */
const body = { provides: ['data', 'body'], conflicts: ['body'], requires: ['writable'] } as const

const own: readonly Option<Settings>[] = [
  ...group<Settings>('Generic', [
    {
      long: 'verbose',
      short: 'v',
      about: 'Increase verbosity of the nanocat',
      apply: (settings) => {
        settings.verbosity++
      }
    },
    {
      long: 'silent',
      short: 'q',
      about: 'Decrease verbosity of the nanocat',
      apply: (settings) => {
        settings.verbosity--
      }
    },
    { long: 'help', short: 'h', about: 'This help text', prints: 'help' }
  ]),
  ...group('Socket Types', patterns.map(patternOption)),
  ...group('Socket Options', [
    endpointOption('bind', 'binds'),
    endpointOption('connect', 'connects'),
    endpointOption('bind-ipc', 'binds', 'ipc://', 'X'),
    endpointOption('connect-ipc', 'connects', 'ipc://', 'x'),
    endpointOption('bind-local', 'binds', 'tcp://127.0.0.1:', 'L'),
    endpointOption('connect-local', 'connects', 'tcp://127.0.0.1:', 'l'),
    sets('recvTimeout', timeout, {
      long: 'recv-timeout',
      argument: 'SEC',
      about: 'Set timeout for receiving a message',
      requires: ['readable']
    }),
    sets('sendTimeout', timeout, {
      long: 'send-timeout',
      argument: 'SEC',
      about: 'Set timeout for sending a message',
      requires: ['writable']
    }),
    sets('name', asText, { long: 'socket-name', argument: 'NAME', about: 'Name of the socket for statistics' })
  ]),
  ...group('SUB Socket Options', [
    adds('subscriptions', {
      long: 'subscribe',
      argument: 'PREFIX',
      about:
        'Subscribe to the prefix PREFIX. Note: socket will be subscribed to everything (empty prefix) if no prefixes ' +
        'are specified on the command-line.',
      requires: ['sub']
    })
  ]),
  ...group('Input Options', [
    sets('format', (text) => oneOf(formats, text), {
      long: 'format',
      argument: 'FORMAT',
      about: 'Use echo format FORMAT (same as the options below)',
      requires: ['readable'],
      choices: formats
    }),
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
    formatOption('hex', 'Print each message on separate line in double quotes with hex values')
  ]),
  ...group('Output Options', [
    sets('interval', (text) => unlessNegative(pause(text)), {
      long: 'interval',
      short: 'i',
      argument: 'SEC',
      about: 'Send message (or request) every SEC seconds',
      requires: ['writable']
    }),
    sets('delay', (text) => Math.max(pause(text), 0), {
      long: 'delay',
      short: 'd',
      argument: 'SEC',
      about: 'Wait for SEC seconds before sending message (useful for one-shot PUB sockets)'
    }),
    sets('data', (text) => Buffer.from(text), {
      long: 'data',
      short: 'D',
      argument: 'DATA',
      about:
        'Send DATA to the socket and quit for PUB, PUSH, PAIR, BUS socket. Use DATA to reply for REP or  RESPONDENT ' +
        'socket. Send DATA as request for REQ or SURVEYOR socket.',
      ...body
    }),
    {
      long: 'file',
      short: 'F',
      argument: 'PATH',
      about: 'Same as --data but get data from file PATH',
      ...body,
      apply: (settings, path) => {
        if (path === '-') settings.stdin = 'whole'
        else settings.data = readFile(path)
      }
    }
  ])
]

function unlessNegative(ms: number): number | undefined {
  return ms >= 0 ? ms : undefined
}

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
