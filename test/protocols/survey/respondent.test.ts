/** RESPONDENT, and the raw twins of both survey sockets. */
import { Respondent, Surveyor } from 'hubless'
import { Respondent as RawRespondent, Surveyor as RawSurveyor } from 'hubless/raw'
import { describe, expect, it } from 'vitest'
import { connectBytes, hex } from '../../helpers/bytes.ts'
import { code, numbered, texts } from '../../helpers/messages.ts'
import { eventually, marry, recordEvents, track } from '../../helpers/sockets.ts'
import { plainTransports } from '../transports.ts'

describe.each(plainTransports)('Respondent over $name', (transport) => {
  it('RES-01 send without a held survey is EFSM; one answer per survey', async () => {
    const [respondent, surveyor] = [new Respondent(), new Surveyor()]
    await marry(respondent, surveyor, transport.url(), transport)
    await expect(respondent.send('to whom?')).rejects.toEqual(code('EFSM'))
    expect(() => respondent.trySend('to whom?')).toThrow(expect.objectContaining({ code: 'EFSM' }))
    await surveyor.send('?')
    await respondent.recv({ timeout: 5000 })
    await respondent.send('one')
    await expect(respondent.send('two')).rejects.toEqual(code('EFSM'))
    expect(await texts(surveyor, 1)).toEqual(['one'])
  })

  it('RES-02 recv drops the survey held before, also when it then yields nothing', async () => {
    const [respondent, surveyor] = [new Respondent(), new Surveyor()]
    await marry(respondent, surveyor, transport.url(), transport)
    await surveyor.send('?')
    await respondent.recv({ timeout: 5000 })
    expect(respondent.tryRecv()).toBeUndefined()
    await expect(respondent.send('too late')).rejects.toEqual(code('EFSM'))
  })

  it('RES-03 answers any number of surveyors, each the one that asked', async () => {
    const respondent = track(new Respondent())
    const listener = await respondent.bind(transport.url(), transport.bind)
    const surveyors = numbered('', 4).map(() => track(new Surveyor()))
    for (const surveyor of surveyors) await surveyor.connect(listener.url).whenConnected({ timeout: 5000 })
    for (const [i, surveyor] of surveyors.entries()) await surveyor.send(`${i}`)
    for (let i = 0; i < 4; i++) await respondent.send(`re: ${await respondent.recv({ timeout: 5000 })}`)
    for (const [i, surveyor] of surveyors.entries()) expect(await texts(surveyor, 1)).toEqual([`re: ${i}`])
  })
})

describe('Respondent', () => {
  it('RES-04 an answer that cannot be routed resolves and is counted', async () => {
    const [respondent, surveyor] = [new Respondent(), new Surveyor()]
    await marry(respondent, surveyor)
    await surveyor.send('?')
    await respondent.recv({ timeout: 5000 })
    await surveyor.close({ linger: 0 })
    await eventually(() => respondent.peers.length === 0)
    await respondent.send('into the void')
    expect(respondent.stats().drops).toEqual({ unroutable: 1 })
  })

  it('RES-04 an answer that meets a full pipe resolves and is counted', async () => {
    const [respondent, surveyor] = [new Respondent({ sendBuffer: 1000 }), new RawSurveyor({ recvBuffer: 1000 })]
    await marry(respondent, surveyor)
    for (let i = 0; i < 4; i++) await surveyor.send({ header: hex('80 00 00 01'), body: `${i}` })
    for (let i = 0; i < 4; i++) {
      await respondent.recv({ timeout: 5000 })
      await respondent.send(Buffer.alloc(1500))
    }
    expect(respondent.stats().drops).toEqual({ 'queue-full': 2 })
  })

  it('RES-05 serve answers every survey, and requests() yields them to be answered in any order', async () => {
    const [respondent, surveyor] = [new Respondent(), new Surveyor({ deadline: 5000 })]
    await marry(respondent, surveyor)
    const stop = new AbortController()
    const serving = respondent.serve(({ body }) => `served ${body}`, { signal: stop.signal })
    await surveyor.send('1')
    expect(await texts(surveyor, 1)).toEqual(['served 1'])
    stop.abort()
    await expect(serving).rejects.toBe(stop.signal.reason)
    const [a, b] = [surveyor.survey('a', { count: 1 }), surveyor.survey('b', { count: 1 })]
    const requests = respondent.requests()
    const [first, second] = [(await requests.next()).value, (await requests.next()).value]
    await second.reply('answer b')
    await first.reply('answer a')
    for await (const { body } of a) expect(String(body)).toBe('answer a')
    for await (const { body } of b) expect(String(body)).toBe('answer b')
  })

  it('RES-06 a stack of 8 words passes, 9 or no end bit are dropped and counted; the connection stays', async () => {
    const respondent = track(new Respondent())
    const listener = await respondent.bind('tcp://127.0.0.1:0')
    const peer = await connectBytes(listener.url)
    peer.send(hex('00 53 50 00 00 62 00 00'))
    const drops = recordEvents(respondent, 'drop')
    const hop = '00 00 00 01 '
    peer.send(hex(`00 00 00 00 00 00 00 25 ${hop.repeat(8)} 80 00 00 07 41`))
    peer.send(hex(`00 00 00 00 00 00 00 09 ${hop.repeat(2)} 41`))
    peer.send(hex('00 00 00 00 00 00 00 03 80 00 00'))
    peer.send(hex(`00 00 00 00 00 00 00 21 ${hop.repeat(7)} 80 00 00 07 42`))
    expect(await texts(respondent, 1)).toEqual(['B'])
    expect(drops.map(({ reason }) => reason)).toEqual(['ttl', 'malformed', 'malformed'])
    await respondent.send('C')
    expect((await peer.read(8 + 8 + 32 + 1)).subarray(16)).toEqual(hex(`${hop.repeat(7)} 80 00 00 07 43`))
  })
})

describe('the raw twins of the survey sockets', () => {
  it('RES-07 a raw Respondent has the channel and the id in its header, and answers where the first word leads', async () => {
    const [respondent, surveyor] = [new RawRespondent(), new Surveyor()]
    const { pipes } = await marry(respondent, surveyor)
    await surveyor.send('?')
    const survey = await respondent.recv({ timeout: 5000 })
    expect(survey.header).toHaveLength(8)
    expect(survey.header.readUInt32BE(0)).toBe(pipes[0].id)
    expect(survey.header.readUInt32BE(4)).toBeGreaterThanOrEqual(0x80000000)
    expect(survey.pipe).toBe(pipes[0])
    await respondent.send({ header: survey.header, body: '!' })
    expect(await texts(surveyor, 1)).toEqual(['!'])
    for (const header of [undefined, hex('00 00'), hex('7f ff ff ff 80 00 00 01')]) {
      await respondent.send({ header, body: 'nowhere' })
    }
    expect(respondent.stats().drops).toEqual({ unroutable: 3 })
  })

  it('SUR-17 a raw Surveyor has no deadline and sends header and body to all', async () => {
    const surveyor = track(new RawSurveyor())
    const [one, two] = [new Respondent(), new Respondent()]
    await marry(surveyor, one)
    await marry(surveyor, two)
    await surveyor.send({ header: hex('80 00 00 2a'), body: 'all' })
    for (const respondent of [one, two]) {
      expect(await texts(respondent, 1)).toEqual(['all'])
      await respondent.send('answer')
    }
    for (let i = 0; i < 2; i++) {
      const answer = await surveyor.recv({ timeout: 5000 })
      expect(answer.header).toEqual(hex('80 00 00 2a'))
      expect(String(answer.body)).toBe('answer')
    }
    expect(surveyor.tryRecv()).toBeUndefined()
  })

  it('SUR-17 a raw Surveyor drops and counts a message without header', async () => {
    const [surveyor, respondent] = [new RawSurveyor(), new Respondent()]
    await marry(surveyor, respondent)
    await surveyor.send({ body: 'no header' })
    expect(surveyor.stats().drops).toEqual({ malformed: 1 })
    expect(respondent.tryRecv()).toBeUndefined()
  })
})
