/** One test for each channel of sockets: what docs/observability.md says comes on it does. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { readFileSync } from 'node:fs'
import { Pair, Pub, Pull, Push, Rep, type SocketMessages } from 'hubless'
import { afterEach, describe, expect, it } from 'vitest'
import { socketChannels } from '../../src/diagnostics/channels.ts'
import { connectBytes } from '../helpers/bytes.ts'
import { eventually, inprocUrl, marry, nextEvent, track } from '../helpers/sockets.ts'

const subscriptions: (() => void)[] = []
afterEach(() => {
  for (const end of subscriptions.splice(0)) end()
})

/** Everything that comes on a channel from now on. */
function record<N extends keyof SocketMessages>(name: N): SocketMessages[N][] {
  const messages: SocketMessages[N][] = []
  const listener = (message: unknown): unknown => messages.push(message as SocketMessages[N])
  subscribe(name, listener)
  subscriptions.push(() => unsubscribe(name, listener))
  return messages
}

describe('channels', () => {
  it('are all on the page', () => {
    const page = readFileSync('docs/observability.md', 'utf8')
    for (const name of socketChannels) expect(page).toContain(`| \`${name}\` |`)
  })

  it('hubless:open tells of every socket, when it is whole', async () => {
    const opened = record('hubless:open')
    const seen: string[] = []
    subscribe('hubless:open', open)
    subscriptions.push(() => unsubscribe('hubless:open', open))
    function open(message: unknown): void {
      const { socket } = message as SocketMessages['hubless:open']
      seen.push(`${socket.protocol} ${socket.stats().name} ${socket.state}`)
    }
    const pair = track(new Pair({ name: 'one' }))
    const pub = track(new Pub({ name: 'two' }))
    await Promise.resolve()
    expect(opened).toEqual([{ socket: pair }, { socket: pub }])
    expect(seen).toEqual(['pair one open', 'pub two open'])
  })

  it('hubless:listen tells of a listener and its real address', async () => {
    const listening = record('hubless:listen')
    const pull = track(new Pull())
    const listener = await pull.bind('tcp://127.0.0.1:0')
    expect(listening).toEqual([{ socket: pull, listener, url: listener.url }])
  })

  it('hubless:attach and hubless:detach tell of a peer on both sides, and why it left', async () => {
    const [attached, detached] = [record('hubless:attach'), record('hubless:detach')]
    const [push, pull] = [new Push(), new Pull()]
    const { dialer, pipes } = await marry(pull, push, 'tcp://127.0.0.1:0')
    expect(new Map(attached.map(({ socket, pipe }) => [socket, pipe]))).toEqual(
      new Map<unknown, unknown>([
        [pull, pipes[0]],
        [push, pipes[1]]
      ])
    )
    const left = nextEvent(pull, 'detach')
    await dialer.close()
    await left
    expect(detached.map(({ socket, reason }) => [socket, reason])).toEqual([
      [push, 'closed-locally'],
      [pull, 'closed-by-peer']
    ])
  })

  it('hubless:reject tells of a refused connection, and hubless:retry of a dialer that tries again', async () => {
    const [rejected, retried] = [record('hubless:reject'), record('hubless:retry')]
    const rep = track(new Rep())
    const listener = await rep.bind('tcp://127.0.0.1:0')
    const refused = nextEvent(rep, 'reject')
    const push = track(new Push())
    const dialer = push.connect(listener.url)
    await Promise.all([refused, nextEvent(push, 'retry')])
    const [own] = rejected.filter(({ socket }) => socket === rep)
    expect(own).toMatchObject({ reason: 'protocol-mismatch', endpoint: listener, error: { code: 'EPROTO' } })
    expect(retried[0]).toMatchObject({ socket: push, dialer, attempt: 1, cause: { code: 'ECONNREFUSED' } })
  })

  it('hubless:drop tells of a loss with its reason, also on a socket that nobody listens to', async () => {
    const dropped = record('hubless:drop')
    const pull = track(new Pull({ recvMaxSize: 8 }))
    const { url } = await pull.bind('tcp://127.0.0.1:0')
    const peer = await connectBytes(url)
    peer.send('00 53 50 00 00 50 00 00  00 00 00 00 00 00 01 00')
    await eventually(() => dropped.length > 0)
    expect(dropped).toMatchObject([{ socket: pull, reason: 'too-big', count: 1, size: 256, limit: 8 }])
  })

  it('hubless:close is the last of a socket', async () => {
    const [closed, detached] = [record('hubless:close'), record('hubless:detach')]
    const [a, b] = [new Pair(), new Pair()]
    await marry(a, b, inprocUrl())
    await a.close()
    expect(detached.some(({ socket }) => socket === a)).toBe(true)
    expect(closed).toEqual([{ socket: a }])
  })
})

describe('a channel without subscribers', () => {
  it('makes no event of a drop', async () => {
    const pub = track(new Pub())
    let looks = 0
    const details = {
      get size() {
        looks++
        return 1
      }
    }
    const { context } = pub as unknown as { context: { drop(reason: string, pipe: undefined, details: object): void } }
    context.drop('no-peer', undefined, details)
    expect(looks).toBe(0)
    record('hubless:drop')
    context.drop('no-peer', undefined, details)
    expect(looks).toBe(1)
    expect(pub.stats().drops).toEqual({ 'no-peer': 2 })
  })
})
