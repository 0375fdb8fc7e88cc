/** What is special about nngcat over TLS: who is refused, that both sides go on serving, and bodies of many TLS records. */
import { Pair, Rep, Req } from 'hubless'
import { describe, expect, it } from 'vitest'
import { authority, pemFile } from '../helpers/certificates.ts'
import { eventually, nextEvent, recordEvents } from '../helpers/sockets.ts'
import { peerBody } from './peers/body.ts'
import { ownUrl, secureTransports, startPeer, theirUrl } from './peers/matrix.ts'
import type { PeerProcess } from './peers/process.ts'
import { localNames, requireTls } from './peers/tls.ts'

const timeout = 5000
const quick = { reconnectInterval: 10, reconnectIntervalMax: 20 }

/** nngcat asks once, prints the reply and ends. */
function ask(url: string, ...args: string[]): PeerProcess {
  return startPeer('nngcat', '--req', '--data', 'ping', '--quoted', ...args, '--connect', url)
}

/** nngcat answers everybody. */
function answer(url: string, ...args: string[]): PeerProcess {
  return startPeer('nngcat', '--rep', '--data', 'pong', ...args, '--bind', url)
}

/** The same address without TLS. */
function plain(url: string): string {
  return url.replace('tls+tcp:', 'tcp:').replace('wss:', 'ws:')
}

describe.each(secureTransports)('nngcat over %s:', (transport) => {
  requireTls()

  it('TLS-03 a peer that trusts another authority is refused as tls, and one that trusts ours is answered', async () => {
    const { ca, issue } = authority()
    await using rep = new Rep()
    void rep.serve(({ body }) => `${body} pong`)
    const { url } = await rep.bind(ownUrl(transport), { tls: issue('hub', localNames) })
    const refused = nextEvent(rep, 'reject')
    await using distrusting = ask(url, '--cacert', pemFile(authority('Another').ca))
    expect(await refused).toMatchObject({ reason: 'tls' })
    expect(await distrusting.exit()).toBe(1)
    await using trusting = ask(url, '--cacert', pemFile(ca))
    expect(await trusting.line('"')).toBe('"ping pong"')
  })

  it('TLS-03 hubless refuses a peer of an unknown authority again and again, and that peer goes on serving', async () => {
    const { ca, issue } = authority()
    const { cert, key } = issue('hub', localNames)
    const url = await theirUrl(transport)
    await using _rep = answer(url, '--cert', pemFile(cert + key))
    await using distrusting = new Req(quick)
    const rejects = recordEvents(distrusting, 'reject')
    distrusting.connect(url, { tls: { ca: authority('Another').ca } })
    await eventually(() => rejects.length >= 3)
    expect(new Set(rejects.map(({ reason }) => reason))).toEqual(new Set(['tls']))
    expect(rejects[0]?.error.message).toMatch(/tls: \{ ca \}/)
    expect(distrusting.peers).toEqual([])
    await using trusting = new Req(quick)
    trusting.connect(url, { tls: { ca } })
    expect(`${await trusting.request('ping', { timeout })}`).toBe('pong')
  })

  it('TLS-05 a peer without certificate is refused where one is asked for, and with one it shows who it is', async () => {
    const { ca, issue } = authority()
    await using rep = new Rep()
    void rep.serve(({ body }) => `${body} pong`)
    const tls = { ...issue('hub', localNames), ca, requestCert: true }
    const { url } = await rep.bind(ownUrl(transport), { tls })
    const trusting = ['--cacert', pemFile(ca)]
    const refused = nextEvent(rep, 'reject')
    await using _nobody = ask(url, ...trusting)
    expect(await refused).toMatchObject({ reason: 'tls' })
    const { cert, key } = issue('sensor-7')
    const attached = nextEvent(rep, 'attach')
    await using sensor = ask(url, ...trusting, '--cert', pemFile(cert + key))
    expect(await sensor.line('"')).toBe('"ping pong"')
    const { info } = (await attached).pipe
    expect(info.tls).toMatchObject({ authorized: true, certificate: { subject: { CN: 'sensor-7' } } })
  })

  it('TLS-08 a peer that speaks no TLS is refused as tls, and one that does is answered', async () => {
    const { ca, issue } = authority()
    await using rep = new Rep()
    void rep.serve(({ body }) => `${body} pong`)
    const { url } = await rep.bind(ownUrl(transport), { tls: issue('hub', localNames) })
    const refused = nextEvent(rep, 'reject')
    await using _plain = ask(plain(url))
    expect(await refused).toMatchObject({ reason: 'tls' })
    await using secure = ask(url, '--cacert', pemFile(ca))
    expect(await secure.line('"')).toBe('"ping pong"')
  })

  it('TLS-08 hubless refuses a listener that speaks no TLS, and that listener goes on serving', async () => {
    const url = await theirUrl(transport)
    await using _rep = answer(plain(url))
    await using secure = new Req(quick)
    const refused = nextEvent(secure, 'reject')
    secure.connect(url)
    expect(await refused).toMatchObject({ reason: 'tls' })
    await using other = new Req(quick)
    other.connect(plain(url))
    expect(`${await other.request('ping', { timeout })}`).toBe('pong')
  })

  it('TLS-01 TR-13 a body of 1 MiB passes both ways', async () => {
    const { ca, issue } = authority()
    const body = peerBody(0, 524_288).toString('hex')
    await using pair = new Pair()
    const { url } = await pair.bind(ownUrl(transport), { tls: issue('hub', localNames) })
    const trusting = ['--cacert', pemFile(ca)]
    await using nngcat = startPeer(
      'nngcat',
      '--pair0',
      '--file',
      pemFile(body),
      '--quoted',
      ...trusting,
      '--connect',
      url
    )
    expect(`${await pair.recv({ timeout })}` === body).toBe(true)
    await pair.send(body, { timeout })
    expect((await nngcat.line('"')) === `"${body}"`).toBe(true)
  })
})
