/** Binding a name among the threads, and answering those who call it. */
import { SpError } from '../../core/errors.ts'
import type { Binding, ListenRequest, Refusal } from '../../core/transport.ts'
import type { Channel } from './channel.ts'
import { limitsOf, ThreadConnection } from './connection.ts'
import type { Greeting } from './greeting.ts'
import type { Call } from './ground.ts'
import type { Meeting } from './meeting.ts'

export async function listen(meeting: Meeting, request: ListenRequest): Promise<Binding> {
  const { url, address } = request
  const release = await meeting.bind(address, {
    called: (call, channel) => void answer(meeting, request, call, channel),
    lost: () => {
      const message = `another thread is bound to ${url}; it was too busy to say so in time`
      request.failed(new SpError('EADDRINUSE', { message, endpoint: url }))
    }
  })
  return { url, close: async () => release() }
}

async function answer(meeting: Meeting, request: ListenRequest, call: Call, channel: Channel): Promise<void> {
  const info = { local: request.url, remote: call.address, peerProtocol: call.limits.protocol }
  const refusal = request.admit(info.remote) ?? (await request.authorize(info)) ?? request.admit(info.remote)
  if (refusal !== undefined) {
    refuse(channel, refusal)
    request.refuse(refusal)
    return
  }
  channel.post({ accepted: limitsOf(request) } satisfies Greeting)
  request.accept(new ThreadConnection(meeting.ground, channel, request, info, call.limits))
}

function refuse(channel: Channel, { reason, message }: Refusal): void {
  channel.post({ refused: reason, message } satisfies Greeting)
  channel.close()
}
