/** Connecting to an inproc name: at once when it is bound, otherwise when it becomes so. */
import { type Connection, type DialRequest, type ListenRequest, Refusal } from '../../core/transport.ts'
import { connectionPair } from './connection.ts'
import { bound, untilBound } from './names.ts'

export async function dial(request: DialRequest): Promise<Connection> {
  for (;;) {
    request.signal.throwIfAborted()
    const listener = bound.get(request.address)
    if (listener !== undefined) return await join(request, listener)
    await untilBound(request.address, request.signal)
  }
}

async function join(request: DialRequest, listener: ListenRequest): Promise<Connection> {
  const full = request.admit(request.url)
  if (full !== undefined) throw full
  const busy = listener.admit(request.url)
  if (busy !== undefined) {
    listener.refuse(busy)
    throw busy
  }
  const [own, theirs] = connectionPair(request, listener)
  const asked = listener.authorize(theirs.info)
  const unauthorized = asked && (await asked)
  if (unauthorized !== undefined) listener.refuse(unauthorized)
  const refusal = unauthorized ?? listener.accept(theirs)
  if (refusal === undefined) return own
  throw new Refusal(refusal.reason, refusal.message, request.url)
}
