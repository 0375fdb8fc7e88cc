/** Listening on WebSocket: on an own server, shared by path, or on one of the application. */
import type { Binding, ListenRequest } from '../../core/transport.ts'
import { formatTcpAddress } from '../tcp/address.ts'
import { reachable } from '../tcp/listener.ts'
import { parseWsAddress } from './address.ts'
import { attachedRouter, placeOf } from './attached-server.ts'
import { openServer } from './own-server.ts'
import { Route } from './route.ts'
import { type Speech, spSpeech } from './speech.ts'

export async function listen(request: ListenRequest, speech: Speech = spSpeech): Promise<Binding> {
  const server = request.options.ws?.server
  const address = parseWsAddress(request.address, request.scheme, 'bind', server !== undefined)
  const route = new Route(address.path, request, speech)
  if (server !== undefined) {
    const { router, detach } = attachedRouter(server)
    router.add(route)
    return {
      get url() {
        return `${request.scheme}://${placeOf(server, address.authority)}${address.path}`
      },
      close: async () => {
        router.remove(route)
        detach()
      }
    }
  }
  const own = await openServer(address, route)
  return {
    url: `${request.scheme}://${formatTcpAddress(reachable(address.host), own.port)}${address.path}`,
    close: () => own.remove(route)
  }
}
