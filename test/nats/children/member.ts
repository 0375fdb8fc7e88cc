/** A member at a site of its own, in a process of its own: answers with its process id. */
import { Cluster, local } from 'hubless/cluster'
import { nats } from 'hubless/nats'

const { directory, servers, delay } = JSON.parse(process.argv[2] ?? '{}') as {
  directory: string
  servers: string
  delay: number
}
const cluster = new Cluster({ members: local({ directory }), engine: nats({ servers }) })
await cluster.serve('work', {
  request: async ({ body }) => {
    console.log(`request ${body}`)
    if (delay > 0) await new Promise((resolve) => setTimeout(resolve, delay))
    return String(process.pid)
  },
  broadcast: ({ body }) => console.log(`broadcast ${body}`),
  tunnel: async (tunnel) => {
    for await (const message of tunnel) await tunnel.send(message)
  }
})
process.on('SIGTERM', () => void cluster.close().then(() => console.log('closed')))
console.log('ready')
