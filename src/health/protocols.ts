/** The endpoint ids of SP headers, by name, and who talks to whom. */
import type { PatternName } from '../socket-classes.ts'

export const protocols = {
  pair: { id: 0x10, peer: 'pair' },
  pub: { id: 0x20, peer: 'sub' },
  sub: { id: 0x21, peer: 'pub' },
  req: { id: 0x30, peer: 'rep' },
  rep: { id: 0x31, peer: 'req' },
  push: { id: 0x50, peer: 'pull' },
  pull: { id: 0x51, peer: 'push' },
  surveyor: { id: 0x62, peer: 'respondent' },
  respondent: { id: 0x63, peer: 'surveyor' },
  bus: { id: 0x70, peer: 'bus' }
} as const satisfies Readonly<Record<PatternName, { id: number; peer: PatternName }>>

/** Names of patterns. */
export type ProtocolName = PatternName

/** Where a peer that joins gets messages meant for others, or keeps others out. */
export const unsafeToJoin: readonly ProtocolName[] = ['push', 'req', 'pair']

export const protocolNames: readonly ProtocolName[] = Object.keys(protocols) as ProtocolName[]

export function protocolName(id: number): ProtocolName | undefined {
  return protocolNames.find((name) => protocols[name].id === id)
}

export function describeProtocol(id: number): string {
  const hex = `0x${id.toString(16).padStart(2, '0')}`
  const name = protocolName(id)
  return name === undefined ? hex : `${name} (${hex})`
}
