/** What `recvMessage` shows of a message: the header is the business of raw sockets. */
import { Bus, Pair, Pub, Pull, Push, Rep, Req, Respondent, Sub, Surveyor } from 'hubless'
import { expect, it } from 'vitest'
import { marry } from '../helpers/sockets.ts'

const patience = { timeout: 5000 }

/** What the receiver of each pattern was given, there and, where there are replies, back. */
const exchanges: Record<string, () => Promise<{ header: Uint8Array }[]>> = {
  pair: async () => {
    const [a, b] = [new Pair(), new Pair()]
    await marry(a, b)
    await a.send('x')
    return [await b.recvMessage(patience)]
  },
  'push/pull': async () => {
    const [push, pull] = [new Push(), new Pull()]
    await marry(push, pull)
    await push.send('x')
    return [await pull.recvMessage(patience)]
  },
  'pub/sub': async () => {
    const [pub, sub] = [new Pub(), new Sub()]
    sub.subscribe('')
    await marry(pub, sub)
    await pub.send('x')
    return [await sub.recvMessage(patience)]
  },
  bus: async () => {
    const [a, b] = [new Bus(), new Bus()]
    await marry(a, b)
    await a.send('x')
    return [await b.recvMessage(patience)]
  },
  'req/rep': async () => {
    const [req, rep] = [new Req(), new Rep()]
    await marry(req, rep)
    await req.send('x')
    const request = await rep.recvMessage(patience)
    await rep.send('y')
    return [request, await req.recvMessage(patience)]
  },
  'surveyor/respondent': async () => {
    const [surveyor, respondent] = [new Surveyor(), new Respondent()]
    await marry(surveyor, respondent)
    await surveyor.send('x')
    const survey = await respondent.recvMessage(patience)
    await respondent.send('y')
    return [survey, await surveyor.recvMessage(patience)]
  }
}

it.each(Object.entries(exchanges))(
  'COM-51 the header of a message is empty where the socket is not raw: %s',
  async (_name, exchange) => {
    for (const { header } of await exchange()) expect(header).toEqual(Buffer.alloc(0))
  }
)
