/**
 * A process whose file descriptors run out before anybody asked about its health: prints what it answers then, on a
 * connection that is there already, and what a probe of its finds.
 */
import { closeSync, openSync } from 'node:fs'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { health, probe } from '../../../src/health/index.ts'

const monitor = health()
monitor.serving()
const server = createServer((request, response) => void monitor.handle(request, response))
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
const { port } = server.address() as AddressInfo
const client = connect(port, '127.0.0.1')
await new Promise((resolve) => server.once('connection', resolve))

const taken: number[] = []
/** Takes what is left, and what others have given back since. */
function exhaust(): unknown {
  try {
    for (;;) taken.push(openSync('/dev/null', 'r'))
  } catch (error) {
    return (error as NodeJS.ErrnoException).code
  }
}
console.log(exhaust())
for (const path of ['/livez', '/metrics']) {
  client.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`)
  const answer = await new Promise<Buffer>((resolve) => client.once('data', resolve))
  console.log(`${path} ${answer.toString('latin1', 0, 15)}`)
}
for (const level of ['header', 'request'] as const) {
  exhaust()
  const { verdict, status, healthy } = await probe(`tcp://127.0.0.1:${port}`, { level })
  console.log(`${level} ${verdict} ${status} ${healthy}`)
}
for (const descriptor of taken) closeSync(descriptor)
client.destroy()
server.close()
await monitor.close()
