/** Calls the services of a cluster by name, again and again, wherever they are. */
import { join } from './network.ts'

await using cluster = join()
cluster.on('join', ({ member }) => console.log(`${member.name} ${member.id.slice(0, 8)} came`))
cluster.on('leave', ({ member, reason }) => console.log(`${member.name} ${member.id.slice(0, 8)} ${reason}`))

const ended = AbortSignal.any(
  ['SIGTERM', 'SIGINT'].map((signal) => {
    const controller = new AbortController()
    process.once(signal, () => controller.abort())
    return controller.signal
  })
)
while (!ended.aborted) {
  const answers = ['resize', 'time', 'answer'].map((name) =>
    cluster.request(name, '', { idempotent: true, signal: ended }).catch((error: unknown) => `${error}`)
  )
  console.log((await Promise.all(answers)).join(', '))
  await new Promise((resolve) => setTimeout(resolve, 1000))
}
