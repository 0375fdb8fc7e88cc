/** Binding an inproc name. */
import { SpError } from '../../core/errors.ts'
import type { Binding, ListenRequest } from '../../core/transport.ts'
import { announce, bound } from './names.ts'

export async function listen(request: ListenRequest): Promise<Binding> {
  const name = request.address
  if (bound.has(name)) {
    throw new SpError('EADDRINUSE', { endpoint: request.url })
  }
  bound.set(name, request)
  // Waiting dialers connect once this listener is known to its socket.
  queueMicrotask(() => queueMicrotask(() => announce(name)))
  return {
    url: request.url,
    close: async () => {
      bound.delete(name)
    }
  }
}
