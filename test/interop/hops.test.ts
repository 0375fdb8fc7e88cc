/**
 * Backtraces over several hops: chains of devices of hubless and both C libraries between ends of all three, and the hop
 * limit. The receiver of a request counts the words in front of the body, the id included: n devices make n + 1.
 */
import { Rep, Req, Respondent, Surveyor } from 'hubless'
import * as raw from 'hubless/raw'
import { afterEach, describe, expect, it } from 'vitest'
import { nextEvent, track } from '../helpers/sockets.ts'
import { boundaryBodies, peerLine, sizesOf } from './peers/body.ts'
import {
  type Library,
  libraries,
  requirePeers,
  startBound,
  startPeer,
  theirUrl,
  transportNames
} from './peers/matrix.ts'
import type { PeerProcess } from './peers/process.ts'

type Kind = Library | 'hubless'
type Pattern = 'reqrep' | 'survey'

const timeout = 5000
const patterns = ['reqrep', 'survey'] as const
const processes: PeerProcess[] = []

afterEach(async () => {
  for (const process of processes.splice(0)) await process[Symbol.asyncDispose]()
})

let addresses = 0

/** A fresh address; each is of another transport than the one before. */
function freshUrl(): Promise<string> {
  return theirUrl(transportNames[addresses++ % transportNames.length] ?? 'tcp')
}

/** Puts a device in front of `target`; resolves with its own address once it is attached there. */
async function addDevice(pattern: Pattern, kind: Kind, target: string): Promise<string> {
  const url = await freshUrl()
  if (kind === 'hubless') {
    const front = track(pattern === 'reqrep' ? new raw.Rep() : new raw.Respondent())
    const back = track(pattern === 'reqrep' ? new raw.Req() : new raw.Surveyor())
    await front.bind(url)
    await back.connect(target).whenConnected({ timeout })
    void raw.device(front, back)
    return url
  }
  const device = await startBound(kind, 'device', '--pattern', pattern, '--bind', url, '--connect', target)
  processes.push(device)
  await device.line('peers 1')
  return url
}

/** Puts several in front of each other; the first one is the one next to `target`. */
async function addDevices(pattern: Pattern, kinds: readonly Kind[], target: string): Promise<string> {
  let url = target
  for (const kind of kinds) url = await addDevice(pattern, kind, url)
  return url
}

/** Binds a hubless socket that answers with what it is asked; resolves with it and its address. */
async function bindAnswerer(pattern: Pattern, ttl?: number) {
  const answerer = track(pattern === 'reqrep' ? new Rep({ ttl }) : new Respondent({ ttl }))
  void answerer.serve(({ body }) => body)
  const { url } = await answerer.bind(await freshUrl())
  return { answerer, url }
}

/** Starts a peer that answers with what it is asked; resolves with its address. */
async function startAnswerer(pattern: Pattern, library: Library, ...args: (string | number)[]): Promise<string> {
  const url = await freshUrl()
  processes.push(await startBound(library, pattern === 'reqrep' ? 'rep' : 'respondent', '--bind', url, ...args))
  return url
}

/** Connects a hubless socket that asks, and returns how: what it resolves with is the answer, if one came in time. */
async function connectAsker(pattern: Pattern, url: string) {
  if (pattern === 'reqrep') {
    const req = track(new Req({ resendInterval: Number.POSITIVE_INFINITY }))
    await req.connect(url).whenConnected({ timeout })
    return (body: Buffer | string, patience = timeout): Promise<Buffer | undefined> =>
      req.request(body, { timeout: patience }).catch((error) => {
        expect(error).toMatchObject({ code: 'ETIMEDOUT' })
        return undefined
      })
  }
  const surveyor = track(new Surveyor())
  await surveyor.connect(url).whenConnected({ timeout })
  return async (body: Buffer | string, patience = timeout): Promise<Buffer | undefined> => {
    const { value } = await surveyor.survey(body, { deadline: patience, count: 1 }).next()
    return value?.body
  }
}

const one = [['nanomsg'], ['nng'], ['hubless']] satisfies Kind[][]
const two = [
  ['nanomsg', 'hubless'],
  ['hubless', 'nng']
] satisfies Kind[][]
const seven = ['nanomsg', 'hubless', 'nng', 'hubless', 'nanomsg', 'nng', 'hubless'] satisfies Kind[]
const chains = patterns.flatMap((pattern) => [...one, ...two, seven].map((kinds) => [pattern, kinds] as const))

describe.each(chains)('%s through %s:', (pattern, kinds) => {
  requirePeers('nanomsg', 'nng')
  const bodies = boundaryBodies(4 * (kinds.length + 1))

  it.each(libraries)('TR-20 DEV-09 DEV-10 hubless asks %s with bodies of every size', async (library) => {
    const ask = await connectAsker(pattern, await addDevices(pattern, kinds, await startAnswerer(pattern, library)))
    for (const body of bodies) {
      const answer = await ask(body)
      expect(answer && peerLine('answer', 0, answer)).toBe(peerLine('answer', 0, body))
    }
  })

  it.each(libraries)('TR-20 DEV-09 DEV-10 %s asks hubless with bodies of every size', async (library) => {
    const { url } = await bindAnswerer(pattern)
    const near = await addDevices(pattern, kinds, url)
    const args = ['--connect', near, '--size', sizesOf(bodies), '--peers', 1, '--answers', 1, '--deadline', timeout]
    const asking = startPeer(library, pattern === 'reqrep' ? 'req' : 'surveyor', ...args)
    processes.push(asking)
    for (const [n, body] of bodies.entries()) {
      if (pattern === 'reqrep') expect(await asking.line(/^(reply|bad)/)).toBe(peerLine('reply', n, body))
      else expect(await asking.line(/^(answer|end)/)).toBe(peerLine('answer', 0, body))
      if (pattern === 'survey') await asking.line('end')
    }
  })
})

describe.each(patterns)('the hop limit of %s', (pattern) => {
  requirePeers('nanomsg', 'nng')

  it.each(libraries)('DEV-11 counts one %s device in front of hubless and a direct hop', async (library) => {
    for (const ttl of [8, 2]) {
      const { url } = await bindAnswerer(pattern, ttl)
      const ask = await connectAsker(pattern, await addDevice(pattern, library, url))
      expect(`${await ask(`limit ${ttl}`)}`).toBe(`limit ${ttl}`)
    }
    const { answerer, url } = await bindAnswerer(pattern, 1)
    const dropped = nextEvent(answerer, 'drop')
    const ask = await connectAsker(pattern, await addDevice(pattern, library, url))
    expect(await ask('limit 1', 100)).toBeUndefined()
    expect(await dropped).toMatchObject({ reason: 'ttl', limit: 1, count: 1 })
    const askDirectly = await connectAsker(pattern, url)
    expect(`${await askDirectly('direct')}`).toBe('direct')
  })

  it.each(libraries)('DEV-11 counts one hubless device in front of %s and a direct hop', async (library) => {
    for (const ttl of [8, 2]) {
      const url = await startAnswerer(pattern, library, '--ttl', ttl)
      const ask = await connectAsker(pattern, await addDevice(pattern, 'hubless', url))
      expect(`${await ask(`limit ${ttl}`)}`).toBe(`limit ${ttl}`)
    }
    const url = await startAnswerer(pattern, library, '--ttl', 1)
    const ask = await connectAsker(pattern, await addDevice(pattern, 'hubless', url))
    expect(await ask('limit 1', 100)).toBeUndefined()
    const askDirectly = await connectAsker(pattern, url)
    expect(`${await askDirectly('direct')}`).toBe('direct')
  })

  it('REP-13 RES-06 is 8 words by default: 7 devices pass, 8 are dropped and counted, and the connection stays', async () => {
    const { answerer, url } = await bindAnswerer(pattern)
    const afterSeven = await addDevices(pattern, seven, url)
    const askThroughSeven = await connectAsker(pattern, afterSeven)
    const askThroughEight = await connectAsker(pattern, await addDevice(pattern, 'hubless', afterSeven))
    expect(`${await askThroughSeven('7')}`).toBe('7')
    const dropped = nextEvent(answerer, 'drop')
    expect(await askThroughEight('8', 200)).toBeUndefined()
    expect(await dropped).toMatchObject({ reason: 'ttl', limit: 8, count: 1 })
    expect(answerer.stats().drops).toEqual({ ttl: 1 })
    expect(`${await askThroughSeven('7 again')}`).toBe('7 again')
    expect(answerer.stats().acceptedConnections).toBe(1)
  })
})
