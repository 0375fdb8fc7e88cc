/** Connecting through an agent: a proxy, with TLS, WebSocket and without. */
import { Agent } from 'node:http'
import { Socket } from 'node:net'
import { PassThrough } from 'node:stream'
import { HttpsProxyAgent } from 'https-proxy-agent'
import { type EndpointOptions, Pair, Pull, Push, Rep, Req } from 'hubless'
import { describe, expect, it } from 'vitest'
import { localTls, openssl } from '../../helpers/certificates.ts'
import { code } from '../../helpers/messages.ts'
import { agentFor, connectProxy } from '../../helpers/proxy.ts'
import { eventually, nextEvent, track } from '../../helpers/sockets.ts'

const portOf = (url: string): string => /:(\d+)\/?$/.exec(url)?.[1] ?? ''

/** A REP that is reached by a name that only the proxy knows. */
async function hidden(scheme: string): Promise<{ url: string; place: string; connect: EndpointOptions }> {
  const secure = scheme === 'wss' || scheme === 'tls+tcp'
  const rep = track(new Rep())
  const { url } = await rep.bind(`${scheme}://127.0.0.1:0`, {
    ...(secure && localTls().bind),
    ws: { hosts: ['inside.example'] }
  })
  rep.serve(({ body }) => `${body}!`)
  const place = `inside.example:${portOf(url)}`
  const connect = secure ? { tls: { ...localTls().connect.tls, servername: 'localhost' } } : {}
  return { url: `${scheme}://${place}`, place, connect }
}

const names = { 'inside.example': '127.0.0.1' }
const schemes = ['tcp', 'ws', ...(openssl.skip === undefined ? ['tls+tcp', 'wss'] : [])]

describe('an agent', () => {
  it.each(schemes)('with createConnection carries %s through a proxy, which looks the name up', async (scheme) => {
    const proxy = await connectProxy({ names })
    const { url, place, connect } = await hidden(scheme)
    const req = track(new Req())
    req.connect(url, { ...connect, agent: agentFor(proxy) })
    expect(String(await req.request('through', { timeout: 5000 }))).toBe('through!')
    expect(proxy.asked).toEqual([place])
  })

  it.each(schemes.filter((scheme) => scheme !== 'tcp'))('of https-proxy-agent carries %s', async (scheme) => {
    const proxy = await connectProxy({ names })
    const { url, place, connect } = await hidden(scheme)
    const req = track(new Req())
    req.connect(url, { ...connect, agent: new HttpsProxyAgent(proxy.url) })
    expect(String(await req.request('through', { timeout: 5000 }))).toBe('through!')
    expect(proxy.asked).toEqual([place])
  })

  it('of node:http connects by itself', async () => {
    const pull = track(new Pull())
    const { url } = await pull.bind('tcp://127.0.0.1:0')
    const push = track(new Push())
    await push.connect(url, { agent: new Agent() }).whenConnected({ timeout: 5000 })
    await push.send('plain')
    expect(String(await pull.recv())).toBe('plain')
  })

  it.skipIf(openssl.skip)('does not keep us from judging the certificate of the peer', async () => {
    const proxy = await connectProxy({ names })
    const { url } = await hidden('tls+tcp')
    const req = track(new Req())
    const rejected = nextEvent(req, 'reject')
    req.connect(url, { agent: agentFor(proxy) })
    expect((await rejected).reason).toBe('tls')
  })
})

describe('what goes wrong with an agent', () => {
  const address = 'ws://inside.example:80'

  async function failure(agent: EndpointOptions['agent'], options: EndpointOptions = {}) {
    const pair = track(new Pair())
    const retried = nextEvent(pair, 'retry')
    pair.connect(address, { ...options, agent })
    return (await retried).cause
  }

  it('a proxy that refuses is told of with its answer, and asked again', async () => {
    const proxy = await connectProxy({ status: '407 Proxy Authentication Required' })
    const push = track(new Push({ reconnectInterval: 1 }))
    const again = nextEvent(push, 'retry', { where: ({ attempt }) => attempt === 2 })
    push.connect(address, { agent: new HttpsProxyAgent(proxy.url) })
    const { cause } = await again
    expect(cause.code).toBe('ECONNREFUSED')
    expect(cause.message).toContain(
      'the proxy does not connect to inside.example:80: 407 Proxy Authentication Required'
    )
  })

  it('costs one attempt when it throws, calls back with an error or gives what is no socket', async () => {
    const thrown = await failure({
      createConnection: () => {
        throw new Error('agents may do this')
      }
    })
    expect(thrown.message).toContain('agents may do this')
    const said = await failure({ createConnection: (_options, callback) => callback(new Error('no way')) })
    expect(said.message).toContain('no way')
    const strange = await failure({
      createConnection: (_options, callback) => callback(null, new PassThrough())
    })
    expect(strange).toMatchObject({ code: 'EINVAL' })
    expect(strange.message).toContain('gave no Socket of node:net')
  })

  it('one that never answers has handshakeTimeout, and what it gives later is destroyed', async () => {
    let later: (error: null, stream: Socket) => void = () => {}
    const cause = await failure(
      {
        createConnection: (_options, callback) => {
          later = callback
        }
      },
      { handshakeTimeout: 20 }
    )
    expect(cause.code).toBe('ETIMEDOUT')
    const stream = new Socket()
    later(null, stream)
    await eventually(() => stream.destroyed)
  })

  it('refuses an option that is none', () => {
    const push = track(new Push())
    for (const agent of ['http://proxy:3128', {}, { createConnection: true }, null, () => {}]) {
      const options = { agent } as unknown as EndpointOptions
      expect(() => push.connect('tcp://127.0.0.1:1', options)).toThrow(code('EINVAL'))
      expect(() => push.connect('tcp://127.0.0.1:1', options)).toThrow(/option agent is .*createConnection/)
    }
  })

  it.each(['tcp', 'zmtp+tcp'])('refuses one that loses a greeting, for %s where the peer speaks first', (scheme) => {
    const push = track(new Push())
    const agent = new HttpsProxyAgent('http://127.0.0.1:3128')
    expect(() => push.connect(`${scheme}://127.0.0.1:1`, { agent })).toThrow(/lose what the peer says first/)
  })
})
