/** The options of `nanocat device`. */
import { readPem } from '../files.ts'
import type { Command, Option } from '../parsing/option.ts'
import { oneOf } from '../parsing/values.ts'

const devicePatterns = ['reqrep', 'pubsub', 'pipeline', 'bus', 'survey', 'pair'] as const
export type DevicePattern = (typeof devicePatterns)[number]

interface DeviceSide {
  binds: string[]
  connects: string[]
}

export interface DeviceSettings {
  verbosity: number
  pattern: DevicePattern | undefined
  in: DeviceSide
  out: DeviceSide
  cacert: Buffer | undefined
  cert: Buffer | undefined
  key: Buffer | undefined
  insecure: boolean
}

export function deviceDefaults(): DeviceSettings {
  return {
    verbosity: 0,
    pattern: undefined,
    in: { binds: [], connects: [] },
    out: { binds: [], connects: [] },
    cacert: undefined,
    cert: undefined,
    key: undefined,
    insecure: false
  }
}

function side(name: 'in' | 'out', kind: 'binds' | 'connects', about: string): Option<DeviceSettings> {
  return {
    long: kind === 'binds' ? name : `${name}-connect`,
    argument: 'URL',
    group: 'Sides',
    about,
    provides: [name],
    apply: (settings, url) => {
      settings[name][kind].push(url)
    }
  }
}

function file(long: 'cacert' | 'cert' | 'key', about: string): Option<DeviceSettings> {
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

export const deviceCommand: Command<DeviceSettings> = {
  usage: 'device --pattern PATTERN --in URL --out URL [options]',
  about: 'Forwards between sockets, over any transports. Headers pass unchanged, so devices can be chained.',
  required: ['pattern', 'in'],
  options: [
    {
      long: 'pattern',
      short: 'p',
      argument: 'PATTERN',
      group: 'Pattern',
      about:
        'reqrep, pubsub, pipeline, bus, survey or pair. The side --in faces REQ, PUB, PUSH or SURVEYOR peers, the ' +
        'side --out faces REP, SUB, PULL or RESPONDENT peers.',
      choices: devicePatterns,
      provides: ['pattern'],
      apply: (settings, text) => {
        settings.pattern = oneOf(devicePatterns, text)
      }
    },
    side('in', 'binds', 'Listen at URL on the side of those who ask or send; repeatable'),
    side('out', 'binds', 'Listen at URL on the side of those who answer or receive; repeatable'),
    side('in', 'connects', 'Connect the side --in to URL; repeatable'),
    side('out', 'connects', 'Connect the side --out to URL; repeatable'),
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
    {
      long: 'verbose',
      short: 'v',
      group: 'Generic',
      about: 'Say who comes and goes and what is dropped, on stderr',
      apply: (settings) => {
        settings.verbosity++
      }
    },
    { long: 'help', short: 'h', group: 'Generic', about: 'This help text', prints: 'help' }
  ],
  examples: [
    'nanocat device --pattern reqrep --in ws://*:8080/rpc --out ipc:///run/workers',
    'nanocat device --pattern bus --in tcp://*:5555   (no --out: reflects on one socket)'
  ]
}
