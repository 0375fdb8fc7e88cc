/** What the command line of nanocat says, filled in by `options.ts` and `extensions.ts`. Times in ms. */
import type { PatternName } from '../socket-classes.ts'
import { type TlsSettings, tlsDefaults } from './tls.ts'

export const patterns = [
  'push',
  'pull',
  'pub',
  'sub',
  'req',
  'rep',
  'surveyor',
  'respondent',
  'bus',
  'pair'
] as const satisfies readonly PatternName[]
export type Pattern = PatternName

export const formats = ['no', 'raw', 'ascii', 'quoted', 'msgpack', 'hex', 'json'] as const
export type Format = (typeof formats)[number]

export const shells = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof shells)[number]

export interface Settings extends TlsSettings {
  verbosity: number
  pattern: Pattern | undefined
  binds: string[]
  connects: string[]
  recvTimeout: number
  sendTimeout: number
  name: string | undefined
  subscriptions: string[]
  format: Format
  /** undefined = send once. */
  interval: number | undefined
  delay: number
  data: Buffer | undefined
  /** Where the body comes from when it is not `data`: all of stdin, or each line of it. */
  stdin: 'whole' | 'lines' | undefined
  exec: string | undefined
  /** Infinity = without end; undefined = as the pattern does. */
  count: number | undefined
  recvMaxSize: number | undefined
  decode: 'msgpack' | undefined
  stats: boolean
  bench: boolean
  /** Body size of `bench` without data; undefined = 64. */
  size: number | undefined
  completion: Shell | undefined
}

export function defaults(): Settings {
  return {
    verbosity: 0,
    pattern: undefined,
    binds: [],
    connects: [],
    recvTimeout: Infinity,
    sendTimeout: Infinity,
    name: undefined,
    subscriptions: [],
    format: 'no',
    interval: undefined,
    delay: 0,
    data: undefined,
    stdin: undefined,
    exec: undefined,
    count: undefined,
    recvMaxSize: undefined,
    ...tlsDefaults(),
    decode: undefined,
    stats: false,
    bench: false,
    size: undefined,
    completion: undefined
  }
}
