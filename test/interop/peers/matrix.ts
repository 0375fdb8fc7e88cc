/**
 * What interop tests are run over: every C library, every transport, hubless binding and connecting. A transport is one
 * line in `transports`; everything else follows from it.
 *
 *   describe.each(meetings)('%s:', (_, meeting) => {
 *     requirePeers(meeting.peer)
 *     it('…', async () => {
 *       await using push = new Push()
 *       await using peer = await meet(push, meeting, 'pull', '--count', 3)
 */
import type { Socket } from 'hubless'
import { beforeEach } from 'vitest'
import { tempPath } from '../../helpers/sockets.ts'
import { buildPeer, type PeerName } from './build.ts'
import { PeerProcess } from './process.ts'
import { findTool, freePort, type Peer, requirePeer } from './tools.ts'

interface PeerTransport {
  /** A fresh URL for hubless to bind. */
  own(): string
  /** A fresh URL for a peer to bind; peers cannot tell what port 0 became. */
  theirs(): Promise<string>
}

const transports = {
  tcp: { own: () => 'tcp://127.0.0.1:0', theirs: async () => `tcp://127.0.0.1:${await freePort()}` },
  ipc: { own: () => `ipc://${tempPath()}`, theirs: async () => `ipc://${tempPath()}` },
  // nng asks for an empty path where the URL has none, which is no HTTP; nanomsg binds no path.
  ws: { own: () => 'ws://127.0.0.1:0/', theirs: async () => `ws://127.0.0.1:${await freePort()}` },
  'tls+tcp': { own: () => 'tls+tcp://127.0.0.1:0', theirs: async () => `tls+tcp://127.0.0.1:${await freePort()}` },
  wss: { own: () => 'wss://127.0.0.1:0/', theirs: async () => `wss://127.0.0.1:${await freePort()}/` }
} satisfies Record<string, PeerTransport>

export type TransportName = keyof typeof transports
/** Those that nng alone speaks, where it was built with TLS; `tls.ts` has what they need beyond a URL. */
export const secureTransports = ['tls+tcp', 'wss'] as const satisfies TransportName[]
/** Those of both libraries. */
export const everyTransport = ['tcp', 'ipc', 'ws'] as const satisfies TransportName[]
/**
 * Those whose peers can be refused, closed and found again. Over ws nanomsg never comes back after a Close or a refusal,
 * and nng does not dial a URL that nanomsg can bind, so that only exchanging messages is asked of ws.
 */
export const transportNames = everyTransport.filter((name) => name !== 'ws')
export const libraries = ['nanomsg', 'nng'] as const satisfies PeerName[]
export const tools = ['nanocat', 'nngcat'] as const
export type Library = (typeof libraries)[number]
export type Tool = (typeof tools)[number]

/** Who meets over what. */
export interface Pairing<P = Library> {
  readonly peer: P
  readonly transport: TransportName
}

export interface Meeting<P = Library> extends Pairing<P> {
  readonly hubless: 'binds' | 'connects'
}

const programs: Record<Library | Tool, Peer> = {
  nanomsg: requirePeer('nanomsg-peer', await buildPeer('nanomsg'), 'libnanomsg-dev and a C compiler'),
  nng: requirePeer('nng-peer', await buildPeer('nng'), 'libnng-dev and a C compiler'),
  nanocat: requirePeer('nanocat', findTool('nanocat'), 'nanomsg-utils'),
  nngcat: requirePeer('nngcat', findTool('nngcat'), 'nng-utils')
}

/** Every combination of the given peers with a transport and a direction, each after its title. */
export function meetingsOf<P extends Library | Tool>(
  peers: readonly P[],
  names: readonly TransportName[] = transportNames
): [string, Meeting<P>][] {
  return pairingsOf(peers, names).flatMap(([title, pairing]) =>
    (['binds', 'connects'] as const).map((hubless): [string, Meeting<P>] => [
      `${title}, hubless ${hubless}`,
      { ...pairing, hubless }
    ])
  )
}

/** Every combination of the given peers with a transport, for tests in which the direction does not vary. */
function pairingsOf<P extends Library | Tool>(
  peers: readonly P[],
  names: readonly TransportName[] = transportNames
): [string, Pairing<P>][] {
  return peers.flatMap((peer) =>
    names.map((transport): [string, Pairing<P>] => [`${peer} over ${transport}`, { peer, transport }])
  )
}

export const meetings: readonly [string, Meeting][] = meetingsOf(libraries)
export const pairings: readonly [string, Pairing][] = pairingsOf(libraries)
/** The same over ws too, for exchanging messages. */
export const everyMeeting: readonly [string, Meeting][] = meetingsOf(libraries, everyTransport)
export const everyPairing: readonly [string, Pairing][] = pairingsOf(libraries, everyTransport)

/** Skips the tests of this `describe` with a reason where one of the peers is not installed. */
export function requirePeers(...peers: (Library | Tool)[]): void {
  const missing = peers.map((peer) => programs[peer].skip).find((reason) => reason !== undefined)
  beforeEach(({ skip }) => skip(missing !== undefined, missing))
}

export function ownUrl(transport: TransportName): string {
  return transports[transport].own()
}

export function theirUrl(transport: TransportName): Promise<string> {
  return transports[transport].theirs()
}

/** Starts a peer. `peers/peer.h` has the grammar of the libraries' peers. */
export function startPeer(peer: Library | Tool, ...args: readonly (string | number)[]): PeerProcess {
  return PeerProcess.start(programs[peer].path, args.map(String))
}

/** Starts a library's peer that binds, and waits until it listens. */
export async function startBound(peer: Library, ...args: readonly (string | number)[]): Promise<PeerProcess> {
  const process = startPeer(peer, ...args)
  await process.line('ready')
  return process
}

/** Brings a hubless socket and a library's peer together at a fresh address; resolves once hubless is attached. */
export async function meet(
  socket: Socket,
  { peer, transport, hubless }: Meeting,
  ...args: readonly (string | number)[]
): Promise<PeerProcess> {
  if (hubless === 'binds') {
    const { url } = await socket.bind(ownUrl(transport))
    const process = startPeer(peer, ...args, '--connect', url)
    await socket.waitForPeers(1, { timeout })
    return process
  }
  const url = await theirUrl(transport)
  const process = await startBound(peer, ...args, '--bind', url)
  await socket.connect(url).whenConnected({ timeout })
  return process
}

const timeout = 5000
