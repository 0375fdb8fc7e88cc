/** The options of `nanocat device`. */
import type { Command } from '../parsing/option.ts'
import { type Grouped, group, setters } from '../parsing/setting.ts'
import { oneOf } from '../parsing/values.ts'
import { type TlsSettings, tlsDefaults, tlsOptions } from '../tls.ts'

const devicePatterns = ['reqrep', 'pubsub', 'pipeline', 'bus', 'survey', 'pair'] as const
export type DevicePattern = (typeof devicePatterns)[number]

interface DeviceSide {
  binds: string[]
  connects: string[]
}

export interface DeviceSettings extends TlsSettings {
  verbosity: number
  pattern: DevicePattern | undefined
  in: DeviceSide
  out: DeviceSide
}

export function deviceDefaults(): DeviceSettings {
  return {
    verbosity: 0,
    pattern: undefined,
    in: { binds: [], connects: [] },
    out: { binds: [], connects: [] },
    ...tlsDefaults()
  }
}

const { sets } = setters<DeviceSettings>()

function side(name: 'in' | 'out', kind: 'binds' | 'connects', about: string): Grouped<DeviceSettings> {
  return {
    long: kind === 'binds' ? name : `${name}-connect`,
    argument: 'URL',
    about,
    provides: [name],
    apply: (settings, url) => void settings[name][kind].push(url)
  }
}

export const deviceCommand: Command<DeviceSettings> = {
  usage: 'device --pattern PATTERN --in URL --out URL [options]',
  about: 'Forwards between sockets, over any transports. Headers pass unchanged, so devices can be chained.',
  required: ['pattern', 'in'],
  options: [
    ...group('Pattern', [
      sets('pattern', (text) => oneOf(devicePatterns, text), {
        long: 'pattern',
        short: 'p',
        argument: 'PATTERN',
        about:
          'reqrep, pubsub, pipeline, bus, survey or pair. The side --in faces REQ, PUB, PUSH or SURVEYOR peers, the ' +
          'side --out faces REP, SUB, PULL or RESPONDENT peers.',
        choices: devicePatterns,
        provides: ['pattern']
      })
    ]),
    ...group('Sides', [
      side('in', 'binds', 'Listen at URL on the side of those who ask or send; repeatable'),
      side('out', 'binds', 'Listen at URL on the side of those who answer or receive; repeatable'),
      side('in', 'connects', 'Connect the side --in to URL; repeatable'),
      side('out', 'connects', 'Connect the side --out to URL; repeatable')
    ]),
    ...group('TLS', tlsOptions),
    ...group<DeviceSettings>('Generic', [
      {
        long: 'verbose',
        short: 'v',
        about: 'Say who comes and goes and what is dropped, on stderr',
        apply: (settings) => {
          settings.verbosity++
        }
      },
      { long: 'help', short: 'h', about: 'This help text', prints: 'help' }
    ])
  ],
  examples: [
    'nanocat device --pattern reqrep --in ws://*:8080/rpc --out ipc:///run/workers',
    'nanocat device --pattern bus --in tcp://*:5555   (no --out: reflects on one socket)'
  ]
}
