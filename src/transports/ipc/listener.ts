/** Listening on a UNIX socket: a file that this process alone binds, also in workers, or an abstract name. */
import { createServer } from 'node:net'
import type { Binding, ListenRequest } from '../../core/transport.ts'
import { acceptStream, listening } from '../stream/endpoints.ts'
import { Handshakes } from '../stream/handshakes.ts'
import type { Wire } from '../stream/wire.ts'
import { pathOf, urlOf } from './address.ts'
import { bindFile } from './socket-file.ts'
import { ipcKind } from './stream.ts'

export async function listen(request: ListenRequest, wire: Wire): Promise<Binding> {
  const path = pathOf(request)
  const url = urlOf(path, request)
  const kind = ipcKind(url, wire)
  const handshakes = new Handshakes()
  const server = createServer((stream) => {
    const handshake = handshakes.receive(stream, url, request)
    if (handshake !== undefined) acceptStream(handshake, request, kind)
  })
  let remove = (): void => {}
  if (path.startsWith('\0') || process.platform === 'win32') {
    await listening(server, () => server.listen({ path, exclusive: true }))
  } else remove = await bindFile(server, path, request.options.ipc?.mode, url)
  server.on('error', (error) => request.failed(error))
  return {
    url,
    close: async () => {
      handshakes.close()
      remove()
      server.close()
    }
  }
}
