/** Two workers of node:cluster bind, one after the other; prints their ports or errors. Arguments: scheme, `0` or `named`, `exclusive`. */
import cluster from 'node:cluster'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { Pull } from 'hubless'

const [, , scheme = 'tcp', port = '0', exclusive = ''] = process.argv

async function freePort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return String(port)
}

if (cluster.isPrimary) {
  const named = port === '0' ? port : await freePort()
  cluster.setupPrimary({ args: [scheme, named, exclusive] })
  for (let i = 0; i < 2; i++) {
    const [outcome] = await once(cluster.fork(), 'message')
    console.log(outcome)
  }
  for (const worker of Object.values(cluster.workers ?? {})) worker?.process.kill()
} else {
  const options = { exclusive: exclusive !== '' }
  const outcome = await new Pull().bind(`${scheme}://127.0.0.1:${port}`, options).then(
    ({ url }) => url.split(':').at(-1),
    (error: { code: string }) => error.code
  )
  process.send?.(outcome)
}
