/** The options of `nanocat cluster`. */
import { readFile } from '../files.ts'
import type { Command } from '../parsing/option.ts'
import { group, setters } from '../parsing/setting.ts'
import { count, duration, pause } from '../parsing/values.ts'
import { type MembershipSettings, membershipDefaults, membershipOptions, networkOptions } from './membership-options.ts'

export const verbs = ['request', 'survey', 'broadcast', 'publish', 'subscribe'] as const
export type Verb = (typeof verbs)[number]

export interface ClusterSettings extends MembershipSettings {
  /** The verb, and what it is about. */
  words: string[]
  data: Buffer | undefined
  timeout: number
  count: number
  idempotent: boolean
  watch: boolean
  interval: number
  json: boolean
  raw: boolean
  web: number | undefined
  webHost: string
}

export function clusterDefaults(): ClusterSettings {
  return {
    ...membershipDefaults(),
    words: [],
    data: undefined,
    timeout: 5000,
    count: Infinity,
    idempotent: false,
    watch: false,
    interval: 1000,
    json: false,
    raw: false,
    web: undefined,
    webHost: '127.0.0.1'
  }
}

const { sets, switches } = setters<ClusterSettings>()

export const clusterCommand: Command<ClusterSettings> = {
  usage: 'cluster [request|survey|broadcast NAME] [publish TOPIC] [subscribe PREFIX] [options]',
  about:
    'Shows the members of a cluster, or calls them: request (one of NAME), survey and broadcast (all of NAME), publish ' +
    'TOPIC, subscribe PREFIX.',
  required: [],
  operand: (settings, word) => void settings.words.push(word),
  options: [
    ...group<ClusterSettings>('Network', [...networkOptions]),
    ...group<ClusterSettings>('Members', [...membershipOptions]),
    ...group('Calls', [
      sets('data', (text) => Buffer.from(text), {
        long: 'data',
        short: 'D',
        argument: 'DATA',
        about: 'The body; without it and --file an empty one',
        provides: ['body'],
        conflicts: ['body']
      }),
      sets('data', readFile, {
        long: 'file',
        short: 'F',
        argument: 'PATH',
        about: 'The body is what the file holds',
        provides: ['body'],
        conflicts: ['body']
      }),
      sets('timeout', duration, {
        long: 'timeout',
        short: 't',
        argument: 'SEC',
        about: 'How long a request, a survey, or the first look for members may take. Default 5s'
      }),
      sets('count', (text) => count(text) || Infinity, {
        long: 'count',
        short: 'C',
        argument: 'N',
        about: 'End after N answers or publications; 0 = never'
      }),
      switches('idempotent', {
        long: 'idempotent',
        about: 'The request may be handled twice: ask another member when one dies or falls silent with it'
      })
    ]),
    ...group<ClusterSettings>('Output', [
      switches('watch', { long: 'watch', short: 'w', about: 'Show the table again and again' }),
      sets('interval', (text) => Math.max(100, pause(text)), {
        long: 'interval',
        short: 'i',
        argument: 'SEC',
        about: 'How often, with --watch and --web. Default 1s'
      }),
      switches('json', { long: 'json', short: 'j', about: 'A JSON object on a line of its own for each thing shown' }),
      switches('raw', {
        long: 'raw',
        short: 'R',
        about: 'Bodies as they are: nothing is escaped, and no line break follows'
      }),
      sets('web', (text) => count(text), {
        long: 'web',
        argument: 'PORT',
        about: 'Serve a live map of the cluster at http://127.0.0.1:PORT/; 0 = any port'
      }),
      sets('webHost', (text) => text, {
        long: 'web-host',
        argument: 'ADDRESS',
        about: 'Where --web listens. Default 127.0.0.1; anyone who reaches another address sees the map'
      }),
      { long: 'help', short: 'h', about: 'This help text', prints: 'help' }
    ])
  ],
  examples: [
    'nanocat cluster --watch',
    'nanocat cluster request resize -D hello --hub tcp://10.0.0.7:7600',
    'nanocat cluster subscribe prices/ --json --network shop --key-file /run/secrets/hubless',
    'nanocat cluster --web 8080'
  ]
}
