/** What every transport owes its sockets, in short: messages, limits, back-pressure, and an end without loss. */
import assert from 'node:assert/strict'
import { type DropEvent, Pull, Push, Rep, Req, type SocketOptions } from 'hubless'
import 'hubless/zmtp'
import { type Feature, next, placeFor, tlsFor } from '../feature.ts'

const schemes = ['inproc', 'tcp', 'ipc', 'tls+tcp', 'ws', 'wss', 'zmtp+tcp']
const patience = { timeout: 8000 }

async function pipeline(scheme: string, options: SocketOptions = {}): Promise<{ push: Push; pull: Pull }> {
  const { bind, connect } = tlsFor(scheme)
  const [push, pull] = [new Push({ ...options, reconnectInterval: 60_000 }), new Pull(options)]
  const { url } = await pull.bind(placeFor(scheme), bind)
  await push.connect(url, connect).whenConnected(patience)
  return { push, pull }
}

async function messages(scheme: string): Promise<void> {
  const { bind, connect } = tlsFor(scheme)
  const [req, rep] = [new Req(), new Rep()]
  const { url } = await rep.bind(placeFor(scheme), bind)
  req.connect(url, connect)
  rep.serve(({ body }) => body)
  for (const size of [0, 1, 125, 126, 65_535, 65_536, 1_000_000]) {
    const body = Buffer.alloc(size, size & 0xff)
    assert.ok(body.equals(await req.request(body, patience)), `${size} bytes came back as others`)
  }
  const many = await Promise.all(Array.from({ length: 2000 }, (_, i) => req.request(`${i}`, patience)))
  assert.deepEqual(many.map(Number), Array.from(many.keys()))
  await Promise.all([req.close(), rep.close()])
}

async function tooBig(scheme: string): Promise<void> {
  const { push, pull } = await pipeline(scheme, { recvMaxSize: 1000 })
  const dropped = next<DropEvent>(pull, 'drop')
  await push.send(Buffer.alloc(5000))
  const { reason, size, limit } = await dropped
  assert.deepEqual({ reason, size, limit }, { reason: 'too-big', size: 5000, limit: 1000 })
  await Promise.all([push.close(), pull.close()])
}

/** Far less than this may be under way between a sender that pushes and a reader that does not read. */
const mostAccepted = 64e6

async function backPressure(scheme: string): Promise<void> {
  const { push, pull } = await pipeline(scheme)
  const body = Buffer.alloc(100_000)
  let sent = 0
  for (let quiet = 0; quiet < 5; ) {
    if (push.trySend(body)) {
      sent++
      quiet = 0
    } else {
      quiet++
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    assert.ok(sent * body.length < mostAccepted, `${sent * body.length} bytes accepted and nothing read`)
  }
  const closed = push.close({ linger: 8000 })
  for (let got = 0; got < sent; got++) assert.equal((await pull.recv(patience)).length, body.length, `got ${got}`)
  await closed
  await pull.close()
}

export const transports: readonly Feature[] = schemes.flatMap((scheme) => [
  { name: `\`${scheme}://\`: messages of every size, and many`, run: () => messages(scheme) },
  { name: `\`${scheme}://\`: a message that is too big is refused with its size`, run: () => tooBig(scheme) },
  { name: `\`${scheme}://\`: back-pressure, and \`close\` loses nothing`, run: () => backPressure(scheme) }
])
