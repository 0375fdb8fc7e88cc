/**
 * Listening on an HTTP server that belongs to the application: its requests, and the upgrades of other paths, stay its
 * own. Several sockets may attach to one server; closing them leaves it as it was.
 */
import type { IncomingMessage, Server } from 'node:http'
import type { Socket } from 'node:net'
import { formatTcpAddress } from '../tcp/address.ts'
import { reachable } from '../tcp/listener.ts'
import { answer } from './route.ts'
import { Router } from './router.ts'

interface Attachment {
  readonly router: Router
  detach(): void
}

const attachments = new WeakMap<Server, Attachment>()

/** The router of a server, attached while it has listeners. */
export function attachedRouter(server: Server): Attachment {
  let attachment = attachments.get(server)
  if (attachment !== undefined) return attachment
  const router = new Router()
  const onUpgrade = (request: IncomingMessage, stream: Socket, head: Buffer): void => {
    if (router.upgrade(request, stream, head)) return
    // Another handler may know the path; without one nobody would answer.
    if (server.listenerCount('upgrade') > 1) return
    answer(stream, { status: 404, reason: 'not-found', message: 'nothing listens at this path' })
  }
  server.on('upgrade', onUpgrade)
  attachment = {
    router,
    detach: () => {
      if (!router.empty) return
      server.off('upgrade', onUpgrade)
      attachments.delete(server)
    }
  }
  attachments.set(server, attachment)
  return attachment
}

/** Host and port for the URL; those of the server once it listens. */
export function placeOf(server: Server, authority: string): string {
  const address = server.address()
  if (address === null || typeof address === 'string') return authority
  return formatTcpAddress(reachable(address.address), address.port)
}
