/**
 * A member of a cluster: serves the names it is told to, until it is asked to end; then it finishes what it has.
 * Arguments: names out of resize, time and answer. With HEALTH_PORT it answers probes over HTTP.
 */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { hostname } from 'node:os'
import type { Handlers } from 'hubless/cluster'
import { health } from 'hubless/health'
import { join } from './network.ts'

const { MEMBER = hostname(), HEALTH_PORT } = process.env

const services: Readonly<Record<string, Handlers>> = {
  /** A picture takes its time; a tunnel takes a file and says what it got. */
  resize: {
    request: async () => {
      await new Promise((resolve) => setTimeout(resolve, 5))
      return MEMBER
    },
    tunnel: async (tunnel) => {
      const hash = createHash('sha256')
      for await (const chunk of tunnel) hash.update(chunk)
      await tunnel.send(hash.digest('hex'))
    }
  },
  time: { request: () => `It is ${new Date().toLocaleTimeString('en-GB')}` },
  answer: { request: () => 'The answer is 42' }
}

const names = process.argv.slice(2)
const cluster = join()
await using monitor = health({ name: MEMBER }).watch(cluster, { services: names.length })
if (HEALTH_PORT !== undefined) await monitor.http({ port: Number(HEALTH_PORT), host: '0.0.0.0' })
for (const name of names) {
  const handlers = services[name]
  if (handlers === undefined) throw new Error(`no such service: ${name}`)
  await cluster.serve(name, handlers)
}
monitor.serving()
console.log(`serves ${names.join(' and ')}`)
process.send?.({ serves: names })

// Whoever started it, or whoever runs containers, ends it.
await (process.connected
  ? once(process, 'disconnect')
  : Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]))
monitor.draining()
await cluster.close()
