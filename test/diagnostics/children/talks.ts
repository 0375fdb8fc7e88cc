/** Everything that the log has lines for: run with NODE_DEBUG=hubless. It prints nothing itself. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Pull, Push, Rep, Req } from '../../../src/index.ts'

const rep = new Rep({ name: 'rep' })
const { url } = await rep.bind('tcp://127.0.0.1:0')
rep.serve(({ body }) => {
  if (`${body}` === 'throw') throw Object.create(null)
  return 'secret answer'
})
const req = new Req({ name: 'req' })
req.connect(url)
await req.request('secret question')
await req.request('throw', { timeout: 50 }).catch(() => {})

// A server that answers the upgrade with what would forge a line of the log.
const server = createServer().on('upgrade', (_request, stream) => {
  const said = 'no\x1b[2Jtoken \u202e'
  stream.end(`HTTP/1.1 403 Forbidden\r\nContent-Length: ${Buffer.byteLength(said, 'latin1')}\r\n\r\n${said}`, 'latin1')
})
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
const push = new Push({ name: 'push' })
push.connect(`ws://127.0.0.1:${(server.address() as AddressInfo).port}/feed?token=hunter2`)
await new Promise((resolve) => push.once('retry', resolve))

const pull = new Pull({ name: 'forged\nHUBLESS 1: line' })
await pull.close()
await Promise.all([push.close(), req.close(), rep.close()])
server.close()
