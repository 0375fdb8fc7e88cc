/** A member in a process of its own, for tests: see `MemberPlan` in test/helpers/clusters.ts. SIGTERM drains it. */
import { Cluster, hub, lan, local } from 'hubless/cluster'
import type { MemberPlan } from '../../helpers/clusters.ts'

const plan = JSON.parse(process.argv[2] ?? '{}') as MemberPlan
const { names = ['work'], delay = 0 } = plan
const members = []
if (plan.directory !== undefined) members.push(local({ directory: plan.directory }))
if (plan.hubs !== undefined) members.push(hub(plan.hubs))
if (plan.lan === true) members.push(lan({ interface: '127.0.0.1' }))
const cluster = new Cluster({
  members,
  network: plan.network,
  key: plan.key,
  zone: plan.zone,
  bind: plan.bind,
  host: plan.host
})
let handled = 0
const answer = async (): Promise<string> => {
  handled++
  if (delay > 0) await new Promise((resolve) => setTimeout(resolve, delay))
  return String(process.pid)
}
for (const name of names) {
  await cluster.serve(
    name,
    {
      request: answer,
      survey: answer,
      broadcast: ({ body }) => console.log(`broadcast ${body}`),
      tunnel: async (tunnel) => {
        for await (const message of tunnel) await tunnel.send(message)
      }
    },
    { concurrency: plan.concurrency, queue: plan.queue }
  )
}
if (plan.subscribe !== undefined) {
  const subscription = await cluster.subscribe(plan.subscribe)
  void (async () => {
    for await (const { topic, body } of subscription) console.log(`${topic} ${body}`)
  })()
}
console.log(`ready ${cluster.id} ${cluster.urls.join(' ')}`)
process.on('SIGTERM', async () => {
  console.log(`draining, ${handled} begun`)
  await cluster.close()
  console.log(`closed, ${handled} handled`)
})
