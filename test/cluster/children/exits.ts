/** For cluster.test.ts: uses every verb, closes, and has nothing more to do. Prints what would keep the process alive. */
import { Cluster, fixed, Hub, hub, local } from 'hubless/cluster'

const hubServer = new Hub()
const url = await hubServer.bind('tcp://127.0.0.1:0')
const members = [local({ directory: process.argv[2] ?? '' }), hub(url)]
const [service, caller] = [new Cluster({ members }), new Cluster({ members })]
const lonely = new Cluster({ members: fixed(['tcp://127.0.0.1:1']) })
const handlers = {
  request: () => 'done',
  survey: () => 'me',
  broadcast: () => {},
  tunnel: async (tunnel: { recv(): Promise<unknown> }) => void (await tunnel.recv())
}
await service.serve('work', handlers)
const feed = await service.subscribe('feed')
await caller.request('work', '')
await caller.broadcast('work', '')
for await (const _ of caller.survey('work', '', { deadline: 60_000 })) break
await caller.publish('feed', '')
await feed.next()
const tunnel = await caller.tunnel('work')
await tunnel.send('x')
const left = [caller.request('absent', '', { timeout: 60_000 }), lonely.request('work', '', { timeout: 60_000 })]
const settled = Promise.allSettled(left)
await Promise.all([caller.close(), service.close(), lonely.close()])
await hubServer.close()
await settled

const own = new Set(['PipeWrap', 'TTYWrap', 'FSReqCallback', 'CloseReq', 'SimpleShutdownWrap', 'FileHandle'])
const open = (): string[] => process.getActiveResourcesInfo().filter((name) => !own.has(name))
for (let i = 0; i < 50 && open().length > 0; i++) await new Promise((resolve) => setTimeout(resolve, 10))
console.log(JSON.stringify(open()))
