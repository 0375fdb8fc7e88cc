/** SURVEYOR with `send` and `recv`: one survey at a time, its deadline, late and damaged answers. */
import { type Codec, Respondent, Surveyor } from 'hubless'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { connectBytes, hex } from '../../helpers/bytes.ts'
import { memoryInUse } from '../../helpers/memory.ts'
import { code, numbered, texts, turns } from '../../helpers/messages.ts'
import { eventually, inprocUrl, marry, recordEvents, track } from '../../helpers/sockets.ts'
import { plainTransports } from '../transports.ts'

/** A surveyor and `count` respondents that joined one after the other. */
async function survey(
  count: number,
  options: { deadline?: number; url?: string; sendBuffer?: number; recvBuffer?: number } = {}
): Promise<{ surveyor: Surveyor; respondents: Respondent[] }> {
  const { url = inprocUrl(), ...rest } = options
  const surveyor = track(new Surveyor(rest))
  const listener = await surveyor.bind(url)
  const respondents: Respondent[] = []
  for (let i = 0; i < count; i++) {
    const respondent = track(new Respondent())
    respondent.connect(listener.url)
    await surveyor.waitForPeers(i + 1, { timeout: 5000 })
    respondents.push(respondent)
  }
  return { surveyor, respondents }
}

afterEach(() => void vi.useRealTimers())

/** Receives a survey and answers it. */
async function answer(respondent: Respondent, text: string): Promise<void> {
  await respondent.recv({ timeout: 5000 })
  await respondent.send(text)
}

describe.each(plainTransports)('Surveyor over $name', (transport) => {
  it('SUR-01 collects two answers of three, then ETIMEDOUT once at the deadline, then EFSM', async () => {
    const { surveyor, respondents } = await survey(3, { deadline: 150, url: transport.url() })
    const began = performance.now()
    await surveyor.send('who?')
    await Promise.all(respondents.slice(0, 2).map((respondent, i) => answer(respondent, `${i}`)))
    expect((await texts(surveyor, 2)).sort()).toEqual(['0', '1'])
    await expect(surveyor.recv()).rejects.toEqual(code('ETIMEDOUT'))
    expect(performance.now() - began).toBeGreaterThanOrEqual(149)
    await expect(surveyor.recv()).rejects.toEqual(code('EFSM'))
    expect(() => surveyor.tryRecv()).toThrow(expect.objectContaining({ code: 'EFSM' }))
  })

  it('SUR-03 drops and counts a late answer, which never shows up in the next survey', async () => {
    const { surveyor, respondents } = await survey(1, { deadline: 40, url: transport.url() })
    const [respondent] = respondents as [Respondent]
    await surveyor.send('first')
    await respondent.recv({ timeout: 5000 })
    await expect(surveyor.recv()).rejects.toEqual(code('ETIMEDOUT'))
    await surveyor.send('second')
    await respondent.send('late')
    await eventually(() => surveyor.stats().drops['late-reply'] === 1)
    await answer(respondent, 'in time')
    expect(await texts(surveyor, 1)).toEqual(['in time'])
  })
})

describe('Surveyor', () => {
  it('SUR-01 counts the deadline from the send and has 1000 ms by default', () => {
    expect(track(new Surveyor()).options.deadline).toBe(1000)
  })

  it('SUR-02 recv and tryRecv before any survey are EFSM', async () => {
    const surveyor = track(new Surveyor())
    await expect(surveyor.recv()).rejects.toEqual(code('EFSM'))
    expect(() => surveyor.tryRecv()).toThrow(expect.objectContaining({ code: 'EFSM' }))
    await expect(surveyor.recvMessage({ timeout: 0 })).rejects.toEqual(code('EFSM'))
  })

  it('SUR-04 goes on when a recv times out before the deadline, and delivers later answers', async () => {
    const { surveyor, respondents } = await survey(1, { deadline: 2000 })
    await surveyor.send('who?')
    await expect(surveyor.recv({ timeout: 20 })).rejects.toEqual(code('ETIMEDOUT'))
    await expect(surveyor.recv({ timeout: 0 })).rejects.toEqual(code('ETIMEDOUT'))
    await expect(surveyor.recv({ signal: AbortSignal.timeout(5) })).rejects.toMatchObject({ name: 'TimeoutError' })
    await answer(respondents[0] as Respondent, 'here')
    expect(await texts(surveyor, 1)).toEqual(['here'])
  })

  it('SUR-05 tryRecv answers at once and does not end the survey', async () => {
    const { surveyor, respondents } = await survey(1, { deadline: 2000 })
    await surveyor.send('who?')
    for (let i = 0; i < 5; i++) expect(surveyor.tryRecv()).toBeUndefined()
    await answer(respondents[0] as Respondent, 'here')
    await eventually(() => surveyor.stats().pipes[0]?.messagesReceived === 1)
    expect(String(surveyor.tryRecv())).toBe('here')
    expect(surveyor.tryRecv()).toBeUndefined()
  })

  it('SUR-01 an answer that came in time is received after the deadline, then ETIMEDOUT once, by recv and tryRecv', async () => {
    for (const recv of [true, false]) {
      const { surveyor, respondents } = await survey(1, { deadline: 30 })
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
      const receive = async (): Promise<unknown> => (recv ? surveyor.recv() : surveyor.tryRecv())
      await surveyor.send('who?')
      await answer(respondents[0] as Respondent, 'in time')
      vi.advanceTimersByTime(30)
      vi.useRealTimers()
      expect(String(await receive())).toBe('in time')
      await expect(receive()).rejects.toEqual(code('ETIMEDOUT'))
      await expect(receive()).rejects.toEqual(code('EFSM'))
    }
  })

  it('SUR-06 a new survey cancels the running one, answers that were not read included', async () => {
    const { surveyor, respondents } = await survey(2, { deadline: 2000 })
    const [quick, slow] = respondents as [Respondent, Respondent]
    await surveyor.send('old')
    await answer(quick, 'old and unread')
    await slow.recv({ timeout: 5000 })
    await turns()
    await surveyor.send('new')
    await slow.send('old and late')
    await answer(quick, 'new')
    expect(await texts(surveyor, 1)).toEqual(['new'])
    await eventually(() => surveyor.stats().drops['late-reply'] === 1)
    expect(surveyor.tryRecv()).toBeUndefined()
  })

  it('SUR-06 a recv that waits goes on with the new survey', async () => {
    const { surveyor, respondents } = await survey(1, { deadline: 2000 })
    await surveyor.send('old')
    const waiting = surveyor.recv()
    await surveyor.send('new')
    const [respondent] = respondents as [Respondent]
    await respondent.recv()
    await answer(respondent, 'to the new one')
    expect(String(await waiting)).toBe('to the new one')
  })

  it('SUR-07 never waits: without respondents send resolves and the deadline ends it; trySend is true', async () => {
    const surveyor = track(new Surveyor({ deadline: 30 }))
    await surveyor.send('anyone?')
    await expect(surveyor.recv()).rejects.toEqual(code('ETIMEDOUT'))
    expect(surveyor.trySend('anyone?')).toBe(true)
    expect(surveyor.stats().drops).toEqual({ 'no-peer': 2 })
  })

  it('SUR-07 SUR-08 200 surveys reach who reads; peers that do not read miss some alone, counted', async () => {
    const { surveyor, respondents } = await survey(2, { deadline: 5000, sendBuffer: 2000 })
    const [reader] = respondents as [Respondent]
    const stuck = surveyor.peers[1]
    // The second one never reads: what it takes is its receive buffer and our send buffer.
    for (let i = 0; i < 200; i++) {
      await surveyor.send(Buffer.alloc(10_000, i))
      expect((await reader.recv({ timeout: 5000 }))[0]).toBe(i)
    }
    expect(surveyor.stats().drops).toEqual({ 'queue-full': stuck?.stats().drops['queue-full'] })
    expect(stuck?.stats().drops['queue-full']).toBeGreaterThan(50)
  })

  it('SUR-09 (crash list 8) refuses a negative or non-numeric deadline; 0 gives ETIMEDOUT, then EFSM', async () => {
    for (const deadline of [-1, Number.NaN, '5']) {
      expect(() => new Surveyor({ deadline: deadline as number })).toThrow(expect.objectContaining({ code: 'EINVAL' }))
    }
    const surveyor = track(new Surveyor({ deadline: 0 }))
    await surveyor.send('now or never')
    await expect(surveyor.recv()).rejects.toEqual(code('ETIMEDOUT'))
    await expect(surveyor.recv()).rejects.toEqual(code('EFSM'))
    expect(() => surveyor.survey('x', { deadline: -1 })).toThrow(expect.objectContaining({ code: 'EINVAL' }))
  })

  it('SUR-10 rejects every waiting recv with ETIMEDOUT at the deadline; the next is EFSM', async () => {
    const { surveyor } = await survey(1, { deadline: 40 })
    await surveyor.send('who?')
    const results = await Promise.allSettled([surveyor.recv(), surveyor.recv(), surveyor.recv()])
    for (const result of results) expect(result).toMatchObject({ status: 'rejected', reason: { code: 'ETIMEDOUT' } })
    await expect(surveyor.recv()).rejects.toEqual(code('EFSM'))
  })

  it('SUR-11 drops and counts answers with a wrong id, without top bit or below 4 bytes; the pipe stays', async () => {
    const surveyor = track(new Surveyor({ deadline: 5000 }))
    const listener = await surveyor.bind('tcp://127.0.0.1:0')
    const peer = await connectBytes(listener.url)
    peer.send(hex('00 53 50 00 00 63 00 00'))
    await surveyor.waitForPeers(1, { timeout: 5000 })
    await surveyor.send('?')
    const sent = await peer.read(8 + 8 + 4 + 1)
    const id = sent.subarray(16, 20)
    const drops = recordEvents(surveyor, 'drop')
    const wrong = Buffer.from(id)
    wrong[3] = (wrong[3] as number) ^ 1
    const clear = Buffer.from(id)
    clear[0] = (clear[0] as number) & 0x7f
    peer.send(Buffer.concat([hex('00 00 00 00 00 00 00 05'), wrong, Buffer.from('w')]))
    peer.send(Buffer.concat([hex('00 00 00 00 00 00 00 05'), clear, Buffer.from('c')]))
    peer.send(hex('00 00 00 00 00 00 00 03 80 00 00'))
    peer.send(Buffer.concat([hex('00 00 00 00 00 00 00 06'), id, Buffer.from('ok')]))
    expect(await texts(surveyor, 1)).toEqual(['ok'])
    expect(drops.map(({ reason }) => reason)).toEqual(['late-reply', 'malformed', 'malformed'])
    expect(surveyor.peers).toHaveLength(1)
  })

  it('SUR-15 100 respondents answer many rounds: counts exact, order per respondent exact', async () => {
    const { surveyor, respondents } = await survey(100, { deadline: 20_000 })
    const rounds = 300
    for (const [i, respondent] of respondents.entries()) {
      let n = 0
      respondent.serve(() => `${i}/${n++}`)
    }
    const next = new Array<number>(100).fill(0)
    for (let round = 0; round < rounds; round++) {
      await surveyor.send(`${round}`)
      for (const text of await texts(surveyor, 100)) {
        const [i, n] = text.split('/').map(Number) as [number, number]
        expect(n).toBe(next[i])
        next[i] = n + 1
      }
    }
    expect(next).toEqual(new Array(100).fill(rounds))
  })

  it('SUR-16 stops reading at recvBuffer and drops no answer that came in time', async () => {
    const { surveyor, respondents } = await survey(1, { deadline: 5000, recvBuffer: 4000 })
    const [respondent] = respondents as [Respondent]
    await surveyor.send('many, please')
    // One survey allows one answer per respondent, so a raw twin answers many times.
    const { Respondent: RawRespondent } = await import('hubless/raw')
    const raw = new RawRespondent()
    await marry(surveyor, raw)
    await respondent.close()
    await surveyor.send('again')
    const { header } = await raw.recv({ timeout: 5000 })
    for (const text of numbered('', 100)) await raw.send({ header, body: text.padEnd(1000) })
    await turns(5)
    expect(surveyor.stats().pipes.at(-1)?.messagesReceived).toBeLessThanOrEqual(5)
    expect((await texts(surveyor, 100)).map((text) => text.trim())).toEqual(numbered('', 100))
    expect(surveyor.stats().drops).toEqual({})
  })

  it('COM-28 SUR-01 answers that do not decode leave no recv waiting behind the deadline', async () => {
    const codec: Codec<string, string> = {
      encode: (value) => value,
      decode: () => {
        throw new Error('not for me')
      }
    }
    const surveyor = track(new Surveyor({ codec, deadline: 30 }))
    const respondent = new Respondent()
    await marry(surveyor, respondent)
    respondent.serve(() => 'garbage')
    await surveyor.send('who?')
    await new Promise((resolve) => setTimeout(resolve, 40))
    await expect(surveyor.recv({ timeout: 1000 })).rejects.toThrow(/survey is over/)
    await expect(surveyor.recv()).rejects.toEqual(code('EFSM'))
    expect(surveyor.stats().drops).toEqual({ codec: 1 })

    const answers = surveyor.survey('who?', { deadline: 30 })
    await new Promise((resolve) => setTimeout(resolve, 40))
    expect(await answers.next()).toEqual({ done: true, value: undefined })
    expect(surveyor.stats().drops).toEqual({ codec: 2 })
  })

  it('SUR-18 takes answers from peers that were asked only, several from each', async () => {
    const { Respondent: RawRespondent } = await import('hubless/raw')
    const surveyor = track(new Surveyor({ deadline: 5000 }))
    const [asked, late] = [new RawRespondent(), new RawRespondent()]
    await marry(surveyor, asked)
    const responses = surveyor.survey('who?')
    const { header } = await asked.recv()
    const { pipes } = await marry(surveyor, late)
    // The header leads back to a pipe, and carries the id of the survey.
    const forged = Buffer.from(header)
    forged.writeUInt32BE(pipes[1].id)
    const drops = recordEvents(surveyor, 'drop')
    await late.send({ header: forged, body: 'not asked' })
    expect(drops).toEqual([expect.objectContaining({ reason: 'late-reply', pipe: pipes[0] })])
    for (const body of ['one', 'two']) await asked.send({ header, body })
    for (const text of ['one', 'two']) expect(String((await responses.next()).value?.body)).toBe(text)
    await responses.return?.()
  })

  it('SUR-18 takes no answer from a respondent that missed the survey', async () => {
    const { Respondent: RawRespondent } = await import('hubless/raw')
    const surveyor = track(new Surveyor({ deadline: 5000, sendBuffer: 1 }))
    const [good, full] = [new RawRespondent(), new RawRespondent({ recvBuffer: 1 })]
    await marry(surveyor, good)
    const { pipes } = await marry(surveyor, full)
    while (surveyor.stats().drops['queue-full'] === undefined) surveyor.trySend('filler')
    surveyor.trySend('last')
    let header = (await good.recv()).header
    for (let next = good.tryRecv(); next !== undefined; next = good.tryRecv()) header = next.header
    const forged = Buffer.from(header)
    forged.writeUInt32BE(pipes[1].id)
    await full.send({ header: forged, body: 'missed it' })
    expect(surveyor.stats().drops['late-reply']).toBe(1)
    await good.send({ header, body: 'got it' })
    expect(await texts(surveyor, 1)).toEqual(['got it'])
  })

  it('SUR-01 forgets the pipes of respondents that leave between surveys', async () => {
    const surveyor = track(new Surveyor({ deadline: 20 }))
    const url = inprocUrl()
    await surveyor.bind(url)
    const pipes: WeakRef<object>[] = []
    for (let i = 0; i < 5; i++) {
      const respondent = new Respondent()
      respondent.serve(() => 'here')
      await respondent.connect(url).whenConnected()
      pipes.push(new WeakRef(surveyor.peers[0] as object))
      await surveyor.send('who?')
      await texts(surveyor, 1)
      await expect(surveyor.recv()).rejects.toEqual(code('ETIMEDOUT'))
      await respondent.close()
    }
    expect(surveyor.peers).toEqual([])
    await memoryInUse()
    // The last message received may be kept by the machinery, not more.
    expect(pipes.filter((pipe) => pipe.deref() !== undefined).length).toBeLessThanOrEqual(1)
  })
})
