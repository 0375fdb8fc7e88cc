/**
 * Every pattern between hubless and the command-line tools of both C libraries, over every transport and in both
 * directions of dialing. The tools mostly wait for whole seconds, so the tests run side by side.
 */
import { Bus, Pair, Pub, Pull, Push, Rep, Req, Respondent, type Socket, Sub, Surveyor } from 'hubless'
import { describe, it } from 'vitest'
import {
  everyTransport,
  type Meeting,
  meetingsOf,
  ownUrl,
  requirePeers,
  secureTransports,
  startPeer,
  type Tool,
  theirUrl,
  tools
} from './peers/matrix.ts'
import type { PeerProcess } from './peers/process.ts'
import { requireTls, trust } from './peers/tls.ts'

const timeout = 8000

/** Sends again and again: neither tool waits for a subscriber, and nanocat loses what it sends before it exits. */
const repeatedly = { nanocat: ['--interval', '0.05'], nngcat: ['--interval', '1'] } satisfies Record<Tool, string[]>
/** nng 1.5 may lock up when it sends a survey in the moment the one before ends, which is after a second. */
const surveying = { ...repeatedly, nngcat: ['--interval', '2'] } satisfies Record<Tool, string[]>
/** nngcat of 1.5 takes `--pair` for pair1. */
const pairFlag = { nanocat: '--pair', nngcat: '--pair0' } satisfies Record<Tool, string>

/** Brings a hubless socket and a tool together. The tools do not say when they are ready, so neither does this. */
async function meet(socket: Socket, meeting: Meeting<Tool>, ...args: string[]): Promise<PeerProcess> {
  const { peer, transport } = meeting
  const trusted = trust(meeting)
  if (meeting.hubless === 'binds') {
    const { url } = await socket.bind(ownUrl(transport), trusted.options)
    return startPeer(peer, ...args, ...trusted.args, '--connect', url)
  }
  const url = await theirUrl(transport)
  const tool = startPeer(peer, ...args, ...trusted.args, '--bind', url)
  socket.connect(url, { reconnectInterval: 10, reconnectIntervalMax: 50, ...trusted.options })
  return tool
}

describe.concurrent.each(meetingsOf(tools, everyTransport))('%s:', (_title, meeting) => {
  requirePeers(meeting.peer)
  exchangesInEveryPattern(meeting)
})

describe.concurrent.each(meetingsOf(['nngcat'], secureTransports))('%s:', (_title, meeting) => {
  requireTls()
  exchangesInEveryPattern(meeting)
})

function exchangesInEveryPattern(meeting: Meeting<Tool>): void {
  it('TR-20 PAIR exchanges both ways', async ({ expect }) => {
    await using pair = new Pair()
    await using tool = await meet(pair, meeting, pairFlag[meeting.peer], '--data', 'ping', '--quoted')
    expect(`${await pair.recv({ timeout })}`).toBe('ping')
    await pair.send('pong', { timeout })
    expect(await tool.line('"', timeout)).toBe('"pong"')
  })

  it('TR-20 PUSH delivers', async ({ expect }) => {
    await using push = new Push()
    await using tool = await meet(push, meeting, '--pull', '--quoted')
    await push.send('work', { timeout })
    expect(await tool.line('"', timeout)).toBe('"work"')
  })

  it('TR-20 PULL receives', async ({ expect }) => {
    await using pull = new Pull()
    await using _tool = await meet(pull, meeting, '--push', '--data', 'work', ...repeatedly[meeting.peer])
    expect(`${await pull.recv({ timeout })}`).toBe('work')
  })

  it('TR-20 PUB delivers what was subscribed to', async ({ expect }) => {
    await using pub = new Pub()
    await using tool = await meet(pub, meeting, '--sub', '--subscribe', 'news', '--quoted')
    await pub.waitForPeers(1, { timeout })
    await pub.send('weather')
    await pub.send('news')
    expect(await tool.line('"', timeout)).toBe('"news"')
  })

  it('TR-20 SUB receives', async ({ expect }) => {
    await using sub = new Sub()
    sub.subscribe('ne')
    await using _tool = await meet(sub, meeting, '--pub', '--data', 'news', ...repeatedly[meeting.peer])
    expect(`${await sub.recv({ timeout })}`).toBe('news')
  })

  it('TR-20 REQ asks', async ({ expect }) => {
    await using req = new Req()
    await using _tool = await meet(req, meeting, '--rep', '--data', 'pong')
    expect(`${await req.request('ping', { timeout })}`).toBe('pong')
  })

  it('TR-20 REP answers', async ({ expect }) => {
    await using rep = new Rep()
    void rep.serve(({ body }) => `${body} pong`)
    await using tool = await meet(rep, meeting, '--req', '--data', 'ping', '--quoted')
    expect(await tool.line('"', timeout)).toBe('"ping pong"')
  })

  it('TR-20 SURVEYOR asks', async ({ expect }) => {
    await using surveyor = new Surveyor()
    await using _tool = await meet(surveyor, meeting, '--respondent', '--data', 'here')
    await surveyor.waitForPeers(1, { timeout })
    const answers: string[] = []
    for await (const { body } of surveyor.survey('who?', { deadline: timeout, count: 1 })) answers.push(`${body}`)
    expect(answers).toEqual(['here'])
  })

  it('TR-20 RESPONDENT answers', async ({ expect }) => {
    await using respondent = new Respondent()
    void respondent.serve(({ body }) => `${body} here`)
    const args = ['--surveyor', '--data', 'who?', '--quoted', ...surveying[meeting.peer]]
    await using tool = await meet(respondent, meeting, ...args)
    expect(await tool.line('"', timeout)).toBe('"who? here"')
  })

  it('TR-20 BUS exchanges both ways', async ({ expect }) => {
    await using bus = new Bus()
    const args = ['--bus', '--data', 'ping', '--quoted', ...repeatedly[meeting.peer]]
    await using tool = await meet(bus, meeting, ...args)
    expect(`${await bus.recv({ timeout })}`).toBe('ping')
    await bus.send('pong')
    expect(await tool.line('"', timeout)).toBe('"pong"')
  })
}
