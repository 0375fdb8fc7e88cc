/** The levels that take part: as the peer of the endpoint, for as long as the probe lasts. */
import {
  Bus,
  type EndpointOptions,
  Pair,
  type PeerInfo,
  Pub,
  Pull,
  Push,
  Rep,
  Req,
  Respondent,
  type Socket,
  type SocketOptions,
  SpError,
  Sub,
  Surveyor
} from '../index.ts'
import { type Expectation, matcher } from './expect.ts'
import { Finding } from './finding.ts'
import { type ProtocolName, protocols } from './protocols.ts'

const classes: Readonly<Record<ProtocolName, new (options: SocketOptions) => Socket>> = {
  pair: Pair,
  pub: Pub,
  sub: Sub,
  req: Req,
  rep: Rep,
  push: Push,
  pull: Pull,
  surveyor: Surveyor,
  respondent: Respondent,
  bus: Bus
}

export interface Visit {
  readonly url: string
  readonly endpoint: EndpointOptions
  /** Aborts at the deadline. */
  readonly signal: AbortSignal
  /** Runs one step and keeps its time. */
  stage<T>(name: string, run: () => Promise<T>): Promise<T>
}

/** Joins an endpoint of `protocol`, runs `visit`, and leaves. */
async function join<S extends Socket, T>(
  visit: Visit,
  socket: S,
  then: (socket: S, pipe: PeerInfo) => Promise<T>
): Promise<T> {
  let refusal: string | undefined
  socket.on('reject', ({ error }) => {
    refusal = error.message
  })
  try {
    const pipe = await visit.stage('join', async () => {
      const dialer = socket.connect(visit.url, visit.endpoint)
      try {
        return await dialer.whenConnected({ signal: visit.signal })
      } catch {
        throw new Finding('not-joined', refusal ?? 'it did not finish the handshake before the deadline', 'ETIMEDOUT')
      }
    })
    return await then(socket, pipe)
  } finally {
    await socket.close({ linger: 0 })
  }
}

const options: SocketOptions = { name: 'health probe', linger: 0, reconnectInterval: 50 }

/** The full handshake as the complement of `protocol`. */
export async function handshake(visit: Visit, protocol: ProtocolName): Promise<void> {
  await join(visit, new classes[protocols[protocol].peer](options), async () => {})
}

export async function request(visit: Visit, body: Body, expect: Expectation | undefined): Promise<Buffer> {
  // Never twice: a probe is not worth a second try of somebody's side effects.
  return join(visit, new Req({ ...options, retry: false }), async (req) => {
    const reply = await visit.stage('request', () => answerTo(() => req.request(body, { signal: visit.signal })))
    check(reply, expect)
    return reply
  })
}

export async function survey(
  visit: Visit,
  body: Body,
  min: number,
  left: () => number,
  expect: Expectation | undefined
): Promise<Buffer[]> {
  return join(visit, new Surveyor(options), async (surveyor) => {
    const answers: Buffer[] = []
    await visit.stage('survey', async () => {
      const fits = expect === undefined ? () => true : matcher(expect)
      const all = surveyor.survey(body, { deadline: Math.max(1, left() - 20), signal: visit.signal })
      try {
        for await (const answer of all) {
          if (fits(answer.body)) answers.push(answer.body)
          if (answers.length >= min) break
        }
      } catch (error) {
        if (!visit.signal.aborted) throw error
      }
      if (answers.length < min) {
        const what = expect === undefined ? 'answered' : 'answered as expected'
        throw new Finding('too-few', `${answers.length} of at least ${min} ${what} before the deadline`)
      }
    })
    return answers
  })
}

export async function fresh(visit: Visit, topic: string, expect: Expectation | undefined): Promise<Buffer> {
  const sub = new Sub(options)
  sub.subscribe(topic)
  return join(visit, sub, async () => {
    const body = await visit.stage('fresh', () => answerTo(() => sub.recv({ signal: visit.signal })))
    check(body, expect)
    return body
  })
}

type Body = string | Uint8Array

async function answerTo(ask: () => Promise<Buffer>): Promise<Buffer> {
  try {
    return await ask()
  } catch (error) {
    if (error instanceof SpError && error.code === 'ECONNRESET') {
      throw new Finding('closed', 'it closed the connection instead of a reply', error.code)
    }
    throw new Finding('no-reply', 'nothing came before the deadline', 'ETIMEDOUT')
  }
}

function check(body: Buffer, expect: Expectation | undefined): void {
  if (expect === undefined || matcher(expect)(body)) return
  const shown = body.toString('utf8', 0, 80)
  throw new Finding('unexpected-reply', `${JSON.stringify(shown)} is not ${String(expect)}`)
}
