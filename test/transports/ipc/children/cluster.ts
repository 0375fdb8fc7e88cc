/** Two workers of node:cluster bind one path with a mode, one after the other; prints what came of it. */
import cluster from 'node:cluster'
import { once } from 'node:events'
import { statSync } from 'node:fs'
import { Pair } from 'hubless'

const [, , path = ''] = process.argv

if (cluster.isPrimary) {
  process.umask(0o002)
  cluster.setupPrimary({ args: [path] })
  for (let i = 0; i < 2; i++) {
    const [outcome] = await once(cluster.fork(), 'message')
    console.log(outcome)
  }
  for (const worker of Object.values(cluster.workers ?? {})) worker?.process.kill()
} else {
  const outcome = await new Pair().bind(`ipc://${path}`, { ipc: { mode: 0o600 } }).then(
    () => (statSync(path).mode & 0o777).toString(8),
    (error: { code: string }) => error.code
  )
  process.send?.(outcome)
}
