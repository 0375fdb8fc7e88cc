/**
 * One event loop that serves requests, reads a flood and has a timer: `serve reqrep listen REP,PULL 0 0`.
 * Reports at the end how late the timer was at worst.
 */
import { Pull, Rep } from 'hubless'
import { type Args, Costs, main, over, ready, report } from './bench.ts'

const tick = 5

async function serve({ url }: Args): Promise<void> {
  const [requests = '', flood = ''] = url.split(',')
  const rep = new Rep()
  const pull = new Pull()
  await Promise.all([rep.bind(requests), pull.bind(flood)])
  const costs = new Costs()
  let messages = 0
  let last = performance.now()
  let late = 0
  setInterval(() => {
    const at = performance.now()
    late = Math.max(late, at - last - tick)
    last = at
  }, tick)
  ready()
  void rep.serve(({ body }) => body)
  void (async () => {
    for await (const _ of pull) messages++
  })()
  await over()
  report(costs, messages, () => ({ late: late * 1e3 }))
}

await main({ serve })
