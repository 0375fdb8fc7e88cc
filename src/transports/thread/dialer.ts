/** Connecting to a name: at once when a thread has bound it, otherwise when one does. */
import { SpError } from '../../core/errors.ts'
import { type Connection, type DialRequest, Refusal } from '../../core/transport.ts'
import { startTimer } from '../../core/waiting.ts'
import type { Channel } from './channel.ts'
import { limitsOf, ThreadConnection } from './connection.ts'
import type { Greeting } from './greeting.ts'
import type { Call } from './ground.ts'
import type { Meeting } from './meeting.ts'

let calls = 0

export async function dial(meeting: Meeting, request: DialRequest): Promise<Connection> {
  const { url, address: name, signal } = request
  const place = await meeting.find(name, signal)
  const busy = request.admit(url)
  if (busy !== undefined) throw busy
  const address = `${url}#${meeting.ground.here.thread}.${++calls}`
  const call: Call = { name, address, limits: limitsOf(request) }
  const channel = await meeting.call(place, call)
  return greeted(meeting, request, address, channel)
}

/** Waits for the answer. The wait for the name had no bound; this one has. */
function greeted(meeting: Meeting, request: DialRequest, address: string, channel: Channel): Promise<Connection> {
  const { url, signal, options } = request
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
    }
    const fail = (error: unknown): void => {
      leave()
      channel.close()
      reject(error)
    }
    const onAbort = (): void => fail(signal.reason)
    const timer = startTimer(() => {
      fail(new Refusal('handshake-timeout', `no answer within ${options.handshakeTimeout} ms`, url))
    }, options.handshakeTimeout)
    if (signal.aborted) return onAbort()
    signal.addEventListener('abort', onAbort, { once: true })
    channel.listen({
      heard: (data) => {
        const greeting = data as Greeting
        if ('refused' in greeting) return fail(new Refusal(greeting.refused, greeting.message, url))
        leave()
        const info = { local: address, remote: url, peerProtocol: greeting.accepted.protocol }
        resolve(new ThreadConnection(meeting.ground, channel, request, info, greeting.accepted))
      },
      gone: () =>
        fail(
          new SpError('ECONNREFUSED', {
            message: `${url} was closed, or its thread ended, while it was called`,
            endpoint: url
          })
        )
    })
  })
}
