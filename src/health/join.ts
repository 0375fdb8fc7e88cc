/** The levels that take part: as the peer of the endpoint, for as long as the probe lasts. */

import { atOnce, wordsOf } from '../errors.ts'
import {
  type EndpointOptions,
  type Message,
  Req,
  type Socket,
  type SocketOptions,
  SpError,
  Sub,
  Surveyor
} from '../index.ts'
import { socketClasses } from '../socket-classes.ts'
import type { Clock } from './clock.ts'
import { type Expectation, matcher } from './expect.ts'
import { Finding } from './finding.ts'
import { type ProtocolName, protocols } from './protocols.ts'

/** What every level that takes part is told. */
export interface Visit {
  readonly url: string
  readonly endpoint: EndpointOptions
  readonly clock: Clock
  readonly expect?: Expectation | undefined
  readonly min?: number | undefined
  readonly device?: boolean | undefined
}

/** The peer that was joined. */
type Peer = Message['pipe']

/** Joins an endpoint of `protocol`, runs `visit`, and leaves. */
async function join<S extends Socket, T>(
  { url, endpoint, clock }: Visit,
  socket: S,
  then: (socket: S, peer: Peer) => Promise<T>
): Promise<T> {
  let refusal: string | undefined
  socket.on('reject', ({ error }) => {
    refusal = error.message
  })
  try {
    const peer = await clock.stage('join', async () => {
      const dialer = socket.connect(url, endpoint)
      try {
        return await dialer.whenConnected({ signal: clock.signal })
      } catch {
        throw new Finding('not-joined', refusal ?? 'it did not finish the handshake before the deadline', 'ETIMEDOUT')
      }
    })
    return await then(socket, peer)
  } finally {
    await socket.close({ linger: 0 })
  }
}

const options: SocketOptions = { name: 'health probe', linger: 0, reconnectInterval: 50 }

/** The full handshake as the complement of `protocol`. */
export async function handshake(visit: Visit, protocol: ProtocolName): Promise<void> {
  await join(visit, new socketClasses[protocols[protocol].peer](options), async () => {})
}

export async function request(visit: Visit, body: Body): Promise<Buffer> {
  const { signal } = visit.clock
  // Never twice: a probe is not worth a second try of somebody's side effects.
  return join(visit, new Req({ ...options, retry: false }), async (req) => {
    const reply = await visit.clock.stage('request', () => answerTo(() => req.request(body, { signal })))
    judge(reply, visit.expect)
    return reply
  })
}

/** Resolves with how many peers answered as expected. */
export async function survey(visit: Visit, body: Body): Promise<number> {
  const { clock, min = 1, device = false, expect } = visit
  return join(visit, new Surveyor(options), (surveyor, peer) =>
    clock.stage('survey', async () => {
      const answers = surveyor.survey(body, { deadline: Math.max(1, clock.left - 20), signal: clock.signal })
      const most = device ? min : 1
      let counted = 0
      try {
        for await (const answer of answers) {
          // One that leaves and comes back is another, whom nobody asked.
          if (answer.pipe.id === peer.id && fits(answer.body, expect)) counted++
          if (counted === most) break
        }
      } catch (error) {
        if (!clock.signal.aborted) throw error
      }
      if (counted >= min) return counted
      const how = expect === undefined ? 'answered' : 'answered as expected'
      const why = device || counted === 0 ? '' : '; a URL is one peer, unless it is that of a device and you say so'
      throw new Finding('too-few', `${counted} of at least ${min} ${how}${why}`)
    })
  )
}

export async function fresh(visit: Visit, topic: string): Promise<Buffer> {
  const { signal } = visit.clock
  const sub = new Sub(options)
  sub.subscribe(topic)
  return join(visit, sub, async () => {
    const body = await visit.clock.stage('fresh', () => answerTo(() => sub.recv({ signal })))
    judge(body, visit.expect)
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

function judge(body: Buffer, expect: Expectation | undefined): void {
  if (fits(body, expect)) return
  const shown = body.toString('utf8', 0, 80)
  throw new Finding('unexpected-reply', `${JSON.stringify(shown)} is not ${String(expect)}`)
}

function fits(body: Buffer, expect: Expectation | undefined): boolean {
  if (expect === undefined) return true
  let verdict: unknown
  try {
    verdict = atOnce(matcher(expect)(body))
  } catch (error) {
    // A function of the caller: it costs this probe and no more.
    const name = error instanceof Error ? `${error.name}: ` : ''
    throw new Finding('unexpected-reply', `the function expect threw: ${name}${wordsOf(error)}`)
  }
  if (typeof verdict === 'boolean') return verdict
  throw new Finding('unexpected-reply', `the function expect returned neither true nor false, but ${typeof verdict}`)
}
