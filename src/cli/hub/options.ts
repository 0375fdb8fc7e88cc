/** The options of `nanocat hub`. */
import { type NetworkSettings, networkDefaults, networkOptions } from '../cluster/membership-options.ts'
import type { Command } from '../parsing/option.ts'
import { group, setters } from '../parsing/setting.ts'
import { count } from '../parsing/values.ts'

export interface HubSettings extends NetworkSettings {
  binds: string[]
  maxMembers: number | undefined
}

export function hubDefaults(): HubSettings {
  return { ...networkDefaults(), binds: [], maxMembers: undefined }
}

const { adds, sets } = setters<HubSettings>()

export const hubCommand: Command<HubSettings> = {
  usage: 'hub --bind URL [options]',
  about:
    'A hub: where members of a cluster meet. It keeps nothing, carries no calls, and may be restarted at any time; ' +
    'start several at known addresses for availability.',
  required: ['bind'],
  options: [
    ...group('Where', [
      adds('binds', {
        long: 'bind',
        short: 'b',
        argument: 'URL',
        about: 'Listen at URL, such as tcp://*:7600; any number of times',
        provides: ['bind']
      })
    ]),
    ...group<HubSettings>('Network', [...networkOptions]),
    ...group<HubSettings>('Limits', [
      sets('maxMembers', count, {
        long: 'max-members',
        argument: 'N',
        about: 'Members of one network; more are refused. Default 4096'
      })
    ]),
    ...group<HubSettings>('Output', [{ long: 'help', short: 'h', about: 'This help text', prints: 'help' }])
  ],
  examples: [
    'nanocat hub --bind tcp://*:7600',
    'nanocat hub --bind tcp://*:7600 --network shop --key-file /run/secrets/hubless'
  ]
}
