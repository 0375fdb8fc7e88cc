/** Options that say which network a command belongs to and where its members are. */
import { asText, type Grouped, setters } from '../parsing/setting.ts'

export interface NetworkSettings {
  network: string | undefined
  keyFile: string | undefined
}

export interface MembershipSettings extends NetworkSettings {
  hubs: string[]
  fixed: string[]
  dns: string[]
  nats: string[]
  zone: string | undefined
  host: string | undefined
  bind: string[]
}

export function networkDefaults(): NetworkSettings {
  return { network: undefined, keyFile: undefined }
}

export function membershipDefaults(): MembershipSettings {
  return {
    ...networkDefaults(),
    hubs: [],
    fixed: [],
    dns: [],
    nats: [],
    zone: undefined,
    host: undefined,
    bind: []
  }
}

const network = setters<NetworkSettings>()
const membership = setters<MembershipSettings>()

export const networkOptions: readonly Grouped<NetworkSettings>[] = [
  network.sets('network', asText, {
    long: 'network',
    short: 'n',
    argument: 'NAME',
    about: 'The network. Names of one never meet those of another. Default: default'
  }),
  network.sets('keyFile', asText, {
    long: 'key-file',
    argument: 'PATH',
    about:
      'A file with the key of the network, of 16 bytes or more; several lines while it is rotated, the newest first. ' +
      'Without it: the environment variable HUBLESS_KEY. There is no option for the key itself: others would see it'
  })
]

export const membershipOptions: readonly Grouped<MembershipSettings>[] = [
  membership.adds('hubs', {
    long: 'hub',
    argument: 'URL',
    about: 'Members meet at this hub; given again: at these. Without any of hub, fixed and dns: on this host'
  }),
  membership.adds('fixed', { long: 'fixed', argument: 'URL', about: 'A member listens at URL; any number of times' }),
  membership.adds('dns', {
    long: 'dns',
    argument: 'NAME[:PORT]',
    about: 'Members are the addresses of NAME, at PORT, or its SRV records where it begins with _'
  }),
  membership.adds('nats', {
    long: 'nats',
    argument: 'URL',
    about: 'Also those that are reached through this NATS server (needs the package @nats-io/transport-node)'
  }),
  membership.sets('zone', asText, { long: 'zone', short: 'z', argument: 'NAME', about: 'Prefer members of this zone' }),
  membership.adds('bind', {
    long: 'bind',
    argument: 'URL',
    about: 'Where to listen for what is subscribed to. Default: chosen by how members are found'
  }),
  membership.sets('host', asText, {
    long: 'host',
    argument: 'NAME',
    about: 'By which name or address others reach this instance'
  })
]
