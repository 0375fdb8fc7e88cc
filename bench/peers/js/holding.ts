/** Many connections on one listener: what they take in memory and in time. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { type Args, Costs, over, ready, report, turn } from './bench.ts'

/** PUSH says hello: sp-tcp-mapping. */
const hello = Buffer.from([0, 0x53, 0x50, 0, 0, 0x50, 0, 0])
const atOnce = 100

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

async function residentBytes(): Promise<number> {
  for (let i = 0; i < 4; i++) {
    collectGarbage()
    await turn()
  }
  return process.memoryUsage.rss()
}

/** Reports `bytes` per connection once `attached` has resolved. */
export async function hold({ count }: Args, attached: () => Promise<void>): Promise<void> {
  const before = await residentBytes()
  const costs = new Costs()
  ready()
  await attached()
  costs.end()
  const bytes = ((await residentBytes()) - before) / count
  report(costs, count, () => ({ bytes }))
  await over()
}

/** The clients, bare for every server: they exchange hellos and stay. */
export async function flood({ url, count }: Args): Promise<void> {
  const { hostname: host, port } = new URL(url)
  ready()
  const costs = new Costs()
  let left = count
  const open = async (): Promise<void> => {
    while (left-- > 0) {
      const socket = connect({ host, port: Number(port), noDelay: true })
      socket.write(hello)
      await once(socket, 'data')
    }
  }
  await Promise.all(Array.from({ length: atOnce }, open))
  report(costs, count)
  await over()
}
