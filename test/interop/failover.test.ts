/**
 * Peers that die and come back: a request moves to another replier, a dialer finds a restarted listener, a listener is
 * found again by the dialers of the C libraries. Killed means SIGKILL: nobody says goodbye.
 */
import { statSync } from 'node:fs'
import { Pull, Push, Rep, Req } from 'hubless'
import { describe, expect, it } from 'vitest'
import { eventually, recordEvents } from '../helpers/sockets.ts'
import { peerLine } from './peers/body.ts'
import { libraries, ownUrl, pairings, requirePeers, startBound, startPeer, theirUrl } from './peers/matrix.ts'

const timeout = 5000
const never = Number.POSITIVE_INFINITY
const quick = { reconnectInterval: 10, reconnectIntervalMax: 20 }

describe.each(pairings)('%s:', (_title, { peer, transport }) => {
  requirePeers(peer)

  it('REQ-16 REQ-17 a request whose REP is killed goes to another one at once', async () => {
    const [silentUrl, url] = [await theirUrl(transport), await theirUrl(transport)]
    await using silent = await startBound(peer, 'rep', '--mute', '--bind', silentUrl)
    await using rep = await startBound(peer, 'rep', '--bind', url)
    await using req = new Req({ resendInterval: never })
    await req.connect(silentUrl).whenConnected({ timeout })
    await req.connect(url).whenConnected({ timeout })
    const reply = req.request('question', { timeout })
    await silent.line('request')
    silent.kill('SIGKILL')
    expect(`${await reply}`).toBe('question')
    expect(await rep.line('request')).toBe(peerLine('request', 0, Buffer.from('question')))
  })

  it('REQ-16 EP-11 a request whose only REP is killed is kept until the REP is restarted', async () => {
    const url = await theirUrl(transport)
    await using silent = await startBound(peer, 'rep', '--mute', '--bind', url)
    await using req = new Req({ resendInterval: never })
    const dialer = req.connect(url, quick)
    const reply = req.request('question', { timeout })
    await silent.line('request')
    silent.kill('SIGKILL')
    await silent.exit()
    await using _rep = await startBound(peer, 'rep', '--bind', url)
    expect(`${await reply}`).toBe('question')
    expect(dialer.stats().establishedConnections).toBe(2)
  })

  it('REQ-17 with retry: false a request whose REP is killed fails with ECONNRESET and is not sent again', async () => {
    const url = await theirUrl(transport)
    await using silent = await startBound(peer, 'rep', '--mute', '--bind', url)
    await using req = new Req({ retry: false })
    req.connect(url, quick)
    const reply = req.request('question', { timeout })
    await silent.line('request')
    silent.kill('SIGKILL')
    await expect(reply).rejects.toMatchObject({ code: 'ECONNRESET' })
    await silent.exit()
    await using rep = await startBound(peer, 'rep', '--bind', url)
    expect(`${await req.request('next', { timeout })}`).toBe('next')
    expect(await rep.line('request')).toBe(peerLine('request', 0, Buffer.from('next')))
  })

  it('REQ-12 a request without a reply goes to the next REP after resendInterval', async () => {
    const [silentUrl, url] = [await theirUrl(transport), await theirUrl(transport)]
    await using silent = await startBound(peer, 'rep', '--mute', '--bind', silentUrl)
    await using rep = await startBound(peer, 'rep', '--bind', url)
    await using req = new Req({ resendInterval: 60 })
    await req.connect(silentUrl).whenConnected({ timeout })
    await req.connect(url).whenConnected({ timeout })
    const began = performance.now()
    expect(`${await req.request('question', { timeout })}`).toBe('question')
    expect(performance.now() - began).toBeGreaterThanOrEqual(58)
    await silent.line('request')
    await rep.line('request')
  })

  it('TR-20 a request of the peer goes to another hubless REP when the one that has it closes', async () => {
    await using one = new Rep()
    await using two = new Rep()
    const urls = [(await one.bind(ownUrl(transport))).url, (await two.bind(ownUrl(transport))).url]
    const args = urls.flatMap((url) => ['--connect', url])
    await using req = startPeer(peer, 'req', '--text', 'question', ...args, '--peers', 2)
    const [atOne, atTwo] = [one.recv({ timeout }), two.recv({ timeout })]
    const oneHasIt = await Promise.race([atOne.then(() => true), atTwo.then(() => false)])
    await (oneHasIt ? one : two).close({ linger: 0 })
    expect(`${await (oneHasIt ? atTwo : atOne)}`).toBe('question')
    await (oneHasIt ? two : one).send('question')
    expect(await req.line('ok')).toBe('ok 1')
  })

  it('TR-20 a REQ of the peer sends again to a hubless REP that did not answer, and takes the answer to a copy', async () => {
    await using rep = new Rep()
    const { url } = await rep.bind(ownUrl(transport))
    await using req = startPeer(peer, 'req', '--text', 'question', '--resend', 50, '--connect', url)
    expect(`${await rep.recv({ timeout })}`).toBe('question')
    expect(`${await rep.recv({ timeout })}`).toBe('question')
    await rep.send('question')
    expect(await req.line('ok')).toBe('ok 1')
  })

  it('EP-11 a dialer finds a peer that was killed and restarted, again and again', async () => {
    const url = await theirUrl(transport)
    await using pull = new Pull()
    const attached = recordEvents(pull, 'attach')
    const detached = recordEvents(pull, 'detach')
    pull.connect(url, quick)
    for (const text of ['one', 'two', 'three']) {
      await using push = await startBound(peer, 'push', '--text', text, '--bind', url)
      expect(`${await pull.recv({ timeout })}`).toBe(text)
      push.kill('SIGKILL')
      await push.exit()
    }
    await eventually(() => detached.length === 3)
    expect(detached.map(({ pipe }) => pipe)).toEqual(attached.map(({ pipe }) => pipe))
  })

  it('EP-13 a dialer of the peer finds a hubless listener that was closed and bound again', async () => {
    await using push = new Push()
    const first = await push.bind(ownUrl(transport))
    const { url } = first
    await using pull = startPeer(peer, 'pull', '--connect', url)
    await push.send('one', { timeout })
    await pull.line(peerLine('msg', 0, Buffer.from('one')))
    await first.close()
    expect(push.peers).toEqual([])
    const second = await push.bind(url)
    expect(second.url).toBe(url)
    await push.send('two', { timeout })
    await pull.line(peerLine('msg', 1, Buffer.from('two')))
  })

  it('EP-05 a dialer may come before its peer, and a peer before its listener', async () => {
    const [url, ownAddress] = [await theirUrl(transport), await theirUrl(transport)]
    await using push = new Push()
    push.connect(url, quick)
    await using pull = startPeer(peer, 'pull', '--connect', ownAddress)
    await pull.line('ready')
    await using boundPull = await startBound(peer, 'pull', '--bind', url)
    await push.send('to the listener', { timeout })
    await boundPull.line(peerLine('msg', 0, Buffer.from('to the listener')))
    boundPull.kill('SIGKILL')
    await push.bind(ownAddress)
    await eventually(() => push.peers.some(({ endpoint }) => endpoint.kind === 'listener'))
    await eventually(() => push.peers.length === 1)
    await push.send('to the dialer', { timeout })
    await pull.line(peerLine('msg', 0, Buffer.from('to the dialer')))
  })
})

describe.each(libraries)('%s over ipc:', (peer) => {
  requirePeers(peer)

  it('IPC-04 hubless replaces the socket file that a killed peer left behind', async () => {
    const url = await theirUrl('ipc')
    await using killed = await startBound(peer, 'rep', '--bind', url)
    killed.kill('SIGKILL')
    await killed.exit()
    expect(statSync(url.slice('ipc://'.length)).isSocket()).toBe(true)
    await using rep = new Rep()
    void rep.serve(({ body }) => body)
    await rep.bind(url)
    await using req = startPeer(peer, 'req', '--text', 'question', '--connect', url)
    expect(await req.line('ok')).toBe('ok 1')
  })

  it('IPC-03 hubless does not take the address of a live peer, which goes on working', async () => {
    const url = await theirUrl('ipc')
    await using _live = await startBound(peer, 'rep', '--bind', url)
    await using rep = new Rep()
    await expect(rep.bind(url)).rejects.toMatchObject({ code: 'EADDRINUSE' })
    await using req = new Req()
    req.connect(url)
    expect(`${await req.request('question', { timeout })}`).toBe('question')
  })
})
