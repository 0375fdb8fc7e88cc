/** The options of `nanocat health`. */
import { type Level, levels } from '../../health/result.ts'
import type { Command } from '../parsing/option.ts'
import { asText, type Grouped, group, setters } from '../parsing/setting.ts'
import { count, duration, oneOf } from '../parsing/values.ts'
import { type Pattern, patterns } from '../settings.ts'
import { type TlsSettings, tlsDefaults, tlsOptions } from '../tls.ts'

const healthFormats = ['text', 'json', 'nagios', 'prometheus'] as const

export interface HealthSettings extends TlsSettings {
  urls: string[]
  level: Level | undefined
  protocol: Pattern | undefined
  request: string | undefined
  expect: string | undefined
  min: number | undefined
  device: boolean
  topic: string | undefined
  timeout: number | undefined
  wait: number | undefined
  retries: number
  warn: number | undefined
  critical: number | undefined
  force: boolean
  format: (typeof healthFormats)[number]
}

export function healthDefaults(): HealthSettings {
  return {
    urls: [],
    level: undefined,
    protocol: undefined,
    request: undefined,
    expect: undefined,
    min: undefined,
    device: false,
    topic: undefined,
    timeout: undefined,
    wait: undefined,
    retries: 0,
    warn: undefined,
    critical: undefined,
    force: false,
    format: 'text',
    ...tlsDefaults()
  }
}

const { sets, switches } = setters<HealthSettings>()

function time(long: 'timeout' | 'wait' | 'warn' | 'critical', about: string): Grouped<HealthSettings> {
  return sets(long, duration, { long, argument: 'SEC', about })
}

function text(long: 'request' | 'expect' | 'topic', argument: string, about: string): Grouped<HealthSettings> {
  return sets(long, asText, { long, argument, about })
}

export const healthCommand: Command<HealthSettings> = {
  usage: 'health URL... [options]',
  about:
    'Probes endpoints. Exit code 0 healthy, 1 unhealthy, 3 could not check; with --format nagios 0 ok, 1 warning, ' +
    '2 critical, 3 unknown.',
  required: [],
  operand: (settings, url) => void settings.urls.push(url),
  options: [
    ...group('What to check', [
      sets('level', (value) => oneOf(levels, value), {
        long: 'level',
        short: 'l',
        argument: 'LEVEL',
        about:
          'accept: it takes connections. header (default): it sends an SP header; the probe leaves without joining, so ' +
          'it steals no message (on ws:// the same as accept: only that is free of side effects there). handshake: it ' +
          'takes the complementary protocol as a peer. request: it replies. survey: it answers. fresh: it publishes.',
        choices: levels
      }),
      sets('protocol', (value) => oneOf(patterns, value), {
        long: 'protocol',
        short: 'p',
        argument: 'NAME',
        about: 'The protocol the endpoint must speak, such as rep',
        choices: patterns
      }),
      text('request', 'DATA', 'What to ask at the levels request and survey. Default: an empty message'),
      text(
        'expect',
        'WHAT',
        'What the answer or message must be: a text, /a regular expression/, or a JSON path such as $.status or ' +
          '$.status=ok'
      ),
      text('topic', 'PREFIX', 'Level fresh: only messages that begin with PREFIX count'),
      sets('min', count, {
        long: 'min',
        argument: 'N',
        about: 'Level survey: at least N peers must answer; more than one needs --device. Default 1'
      }),
      switches('device', {
        long: 'device',
        about: 'Level survey: URL is a device before many; each of the answers it hands on counts as a peer'
      }),
      switches('force', {
        long: 'force',
        about: 'Level handshake: also on PUSH, REQ and PAIR, where a probe takes messages meant for others'
      })
    ]),
    ...group('How long', [
      time('timeout', 'Deadline of one probe. Default 900ms, so that a timeout of 1 s outside never wins'),
      time('wait', 'Probe again until it is healthy, for at most SEC, for start-up order'),
      sets('retries', count, {
        long: 'retries',
        argument: 'N',
        about: 'Probe up to N more times when it is not healthy. Default 0'
      }),
      time('warn', 'Warn when the probe takes longer than SEC'),
      time('critical', 'Unhealthy when the probe takes longer than SEC')
    ]),
    ...group('TLS', tlsOptions),
    ...group<HealthSettings>('Output', [
      sets('format', (value) => oneOf(healthFormats, value), {
        long: 'format',
        short: 'f',
        argument: 'FORMAT',
        about: 'text, json, nagios or prometheus',
        choices: healthFormats
      }),
      { long: 'help', short: 'h', about: 'This help text', prints: 'help' }
    ])
  ],
  examples: [
    'nanocat health tcp://127.0.0.1:5555 --protocol rep',
    "nanocat health ipc:///run/svc --level request --request ready --expect '$.ok=true'",
    'nanocat health tcp://db:5555 tcp://cache:5556 --wait 30s',
    'nanocat health tcp://feed:5555 --level fresh --timeout 5s --format nagios'
  ]
}
