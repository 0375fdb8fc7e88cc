/**
 * Listening on an HTTP server that belongs to the application: its requests, and the upgrades of other paths, stay its
 * own. Several sockets may attach to one server; closing them leaves it as it was.
 */
import type { IncomingMessage, Server } from 'node:http'
import type { Socket } from 'node:net'
import { formatTcpAddress } from '../tcp/address.ts'
import { reachable } from '../tcp/listener.ts'
import { describeSecure } from '../tls/stream.ts'
import { Router } from './router.ts'
import { answer, verdict } from './verdict.ts'

interface Attachment {
  readonly router: Router
  detach(): void
}

const attachments = new WeakMap<Server, Attachment>()

const phase = { what: 'WebSocket upgrade', broken: 'the peer left', reason: 'closed' } as const

/** The router of a server, attached while it has listeners. */
export function attachedRouter(server: Server): Attachment {
  const attachment = attachments.get(server) ?? attach(server)
  attachments.set(server, attachment)
  return attachment
}

function attach(server: Server): Attachment {
  const router = new Router()
  /** Whether the upgrade is for a listener of ours. */
  const take = (asked: IncomingMessage, stream: Socket, head: Buffer): boolean => {
    const route = router.find(asked)
    if (route === undefined) return false
    const { scheme, options } = route.request
    stream.on('error', () => {})
    stream.pause()
    const { remote } = describeSecure(scheme, stream)
    const handshake = router.handshakes.begin(stream, remote, options, (refusal) => route.request.refuse(refusal))
    handshake.enter(phase)
    void route.upgrade(asked, handshake, head)
    return true
  }
  // Handlers of the application answer every upgrade that they hear of, with an error if the path is not theirs: a second
  // answer on one connection. So they do not hear of ours.
  const { emit } = server
  const own = function (this: Server, event: string | symbol, ...args: unknown[]): boolean {
    if (event === 'upgrade' && take(...(args as [IncomingMessage, Socket, Buffer]))) return true
    return Reflect.apply(emit, this, [event, ...args]) as boolean
  }
  const hadOwn = Object.hasOwn(server, 'emit')
  server.emit = own as Server['emit']
  // Without a handler node:http takes upgrades for requests, and somebody has to answer those of unknown paths.
  const onUpgrade = (_asked: IncomingMessage, stream: Socket): void => {
    if (server.listenerCount('upgrade') > 1) return
    answer(stream, verdict(404, 'not-found', 'nothing listens at this path'))
  }
  server.on('upgrade', onUpgrade)
  return {
    router,
    detach: () => {
      if (!router.empty) return
      router.handshakes.close()
      server.off('upgrade', onUpgrade)
      attachments.delete(server)
      // Somebody who came later may have put theirs over ours; it finds nothing to take.
      if (server.emit !== own) return
      if (hadOwn) server.emit = emit
      else Reflect.deleteProperty(server, 'emit')
    }
  }
}

/** Host and port for the URL; those of the server once it listens. */
export function placeOf(server: Server, authority: string): string {
  const address = server.address()
  if (address === null || typeof address === 'string') return authority
  return formatTcpAddress(reachable(address.address), address.port)
}
