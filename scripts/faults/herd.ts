/** Twenty connectors of one server that is restarted: whether every request has its reply, and how they come back. */
import { Child } from '../processes/child.ts'
import { monotonic } from './arrivals.ts'
import { sleep } from './lab.ts'
import { Network } from './network.ts'

const connectors = 20
const rounds = 5
const outage = 2000
/** ms. */
const bin = 250

export async function herd(network: Network): Promise<{ readonly missing: number; readonly lines: string[] }> {
  const start = async (): Promise<Child> => {
    const server = new Child(new URL('./children/server.ts', import.meta.url), { within: network.on('server') })
    await server.call('bind', `tcp://${Network.server}`, {}, 0)
    return server
  }
  let server = await start()
  await using clients = new Child(new URL('./children/herd.ts', import.meta.url), { within: network.on('client') })
  try {
    await clients.call('connect', `tcp://${Network.server}:5001`, connectors)
    await clients.call('start')
    const returns: number[] = []
    let most = 0
    for (let round = 0; round < rounds; round++) {
      await sleep(1000)
      await server.kill(round % 2 === 0 ? 'SIGKILL' : 'SIGTERM')
      await sleep(outage)
      server = await start()
      const bound = monotonic()
      await clients.call('connected', connectors)
      const times = (await clients.call<number[]>('attached', bound - outage)).map((time) => Math.max(0, time - bound))
      returns.push(...times)
      most = Math.max(most, ...counts(times))
    }
    const { asked, answered, wrong } = await clients.call<{ asked: number; answered: number; wrong: number }>('stop')
    const lines = counts(returns).map((count, i) => {
      return `${String(i * bin).padStart(5)} ms  ${'#'.repeat(count).padEnd(40)} ${count}`
    })
    lines.push(
      `${answered} of ${asked} requests were answered, ${wrong} of them wrong; at most ${most} of ${connectors} came back within ${bin} ms`
    )
    return { missing: asked - answered + wrong, lines }
  } finally {
    await server.kill()
  }
}

function counts(times: readonly number[]): number[] {
  const bins = new Array<number>(Math.floor(Math.max(...times) / bin) + 1).fill(0)
  for (const time of times) bins[Math.floor(time / bin)] = (bins[Math.floor(time / bin)] ?? 0) + 1
  return bins
}
