/** The options of `nanocat health`. */
import { type Level, levels } from '../../health/result.ts'
import { readPem } from '../files.ts'
import type { Command, Option } from '../parsing/option.ts'
import { count, milliseconds, oneOf } from '../parsing/values.ts'
import { patterns } from '../settings.ts'

const healthFormats = ['text', 'json', 'nagios', 'prometheus'] as const

export interface HealthSettings {
  urls: string[]
  level: Level | undefined
  protocol: string | undefined
  request: string | undefined
  expect: string | undefined
  min: number | undefined
  topic: string | undefined
  timeout: number | undefined
  wait: number | undefined
  retries: number
  warn: number | undefined
  critical: number | undefined
  force: boolean
  format: (typeof healthFormats)[number]
  cacert: Buffer | undefined
  cert: Buffer | undefined
  key: Buffer | undefined
  insecure: boolean
}

export function healthDefaults(): HealthSettings {
  return {
    urls: [],
    level: undefined,
    protocol: undefined,
    request: undefined,
    expect: undefined,
    min: undefined,
    topic: undefined,
    timeout: undefined,
    wait: undefined,
    retries: 0,
    warn: undefined,
    critical: undefined,
    force: false,
    format: 'text',
    cacert: undefined,
    cert: undefined,
    key: undefined,
    insecure: false
  }
}

type HealthOption = Option<HealthSettings>

function duration(long: 'timeout' | 'wait' | 'warn' | 'critical', group: string, about: string): HealthOption {
  return {
    long,
    argument: 'SEC',
    group,
    about,
    apply: (settings, text) => {
      settings[long] = Math.max(0, milliseconds(text))
    }
  }
}

function text(long: 'request' | 'expect' | 'topic', argument: string, about: string): HealthOption {
  return {
    long,
    argument,
    group: 'What to check',
    about,
    apply: (settings, value) => {
      settings[long] = value
    }
  }
}

function file(long: 'cacert' | 'cert' | 'key', about: string): HealthOption {
  return {
    long,
    argument: 'FILE',
    group: 'TLS',
    about,
    apply: (settings, path) => {
      settings[long] = readPem(path)
    }
  }
}

export const healthCommand: Command<HealthSettings> = {
  usage: 'health URL... [options]',
  about:
    'Probes endpoints. Exit code 0 healthy, 1 unhealthy, 3 could not check; with --format nagios 0 ok, 1 warning, ' +
    '2 critical, 3 unknown.',
  required: [],
  operand: (settings, url) => {
    settings.urls.push(url)
  },
  options: [
    {
      long: 'level',
      short: 'l',
      argument: 'LEVEL',
      group: 'What to check',
      about:
        'accept: it takes connections. header (default): it sends an SP header; the probe leaves without joining, so ' +
        'it steals no message (on ws:// the same as accept: only that is free of side effects there). handshake: it ' +
        'takes the complementary protocol as a peer. request: it replies. survey: it answers. fresh: it publishes.',
      choices: levels,
      apply: (settings, value) => {
        settings.level = oneOf(levels, value)
      }
    },
    {
      long: 'protocol',
      short: 'p',
      argument: 'NAME',
      group: 'What to check',
      about: 'The protocol the endpoint must speak, such as rep',
      choices: patterns,
      apply: (settings, value) => {
        settings.protocol = oneOf(patterns, value)
      }
    },
    text('request', 'DATA', 'What to ask at the levels request and survey. Default: an empty message'),
    text(
      'expect',
      'WHAT',
      'What the answer or message must be: a text, /a regular expression/, or a JSON path such as $.status or ' +
        '$.status=ok'
    ),
    text('topic', 'PREFIX', 'Level fresh: only messages that begin with PREFIX count'),
    {
      long: 'min',
      argument: 'N',
      group: 'What to check',
      about: 'Level survey: at least N peers must answer. Default 1',
      apply: (settings, value) => {
        settings.min = count(value)
      }
    },
    {
      long: 'force',
      group: 'What to check',
      about: 'Level handshake: also on PUSH, REQ and PAIR, where a probe takes messages meant for others',
      apply: (settings) => {
        settings.force = true
      }
    },
    duration(
      'timeout',
      'How long',
      'Deadline of one probe. Default 900ms, so that a timeout of 1 s outside never wins'
    ),
    duration('wait', 'How long', 'Probe again until it is healthy, for at most SEC, for start-up order'),
    {
      long: 'retries',
      argument: 'N',
      group: 'How long',
      about: 'Probe up to N more times when it is not healthy. Default 0',
      apply: (settings, value) => {
        settings.retries = count(value)
      }
    },
    duration('warn', 'How long', 'Warn when the probe takes longer than SEC'),
    duration('critical', 'How long', 'Unhealthy when the probe takes longer than SEC'),
    {
      long: 'format',
      short: 'f',
      argument: 'FORMAT',
      group: 'Output',
      about: 'text, json, nagios or prometheus',
      choices: healthFormats,
      apply: (settings, value) => {
        settings.format = oneOf(healthFormats, value)
      }
    },
    file('cacert', 'Trust the certificate authorities in FILE (PEM)'),
    file('cert', 'Own certificate (PEM), which may hold the key as well'),
    file('key', 'Private key of the certificate (PEM)'),
    {
      long: 'insecure',
      short: 'k',
      group: 'TLS',
      about: 'Do not verify the certificate of the peer',
      apply: (settings) => {
        settings.insecure = true
      }
    },
    { long: 'help', short: 'h', group: 'Output', about: 'This help text', prints: 'help' }
  ],
  examples: [
    'nanocat health tcp://127.0.0.1:5555 --protocol rep',
    "nanocat health ipc:///run/svc --level request --request ready --expect '$.ok=true'",
    'nanocat health tcp://db:5555 tcp://cache:5556 --wait 30s',
    'nanocat health tcp://feed:5555 --level fresh --timeout 5s --format nagios'
  ]
}
