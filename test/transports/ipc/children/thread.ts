/** Binds in a worker thread with a mode, again and again, and prints the modes that were seen. Argument: a directory. */
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { isMainThread, parentPort, Worker } from 'node:worker_threads'
import { Pair } from 'hubless'

const modeOf = (path: string): string => {
  const found = statSync(path, { throwIfNoEntry: false })
  return found === undefined ? 'none' : (found.mode & 0o777).toString(8)
}

if (isMainThread) {
  process.umask(0)
  const [, , folder = ''] = process.argv
  const self = JSON.stringify(import.meta.url)
  const start = `import('tsx/esm/api').then(({ register }) => register() && import(${self}))`
  const worker = new Worker(start, { eval: true, argv: [folder], execArgv: [] })
  worker.on('message', (seen: string[]) => console.log(seen.join(' ')))
} else {
  const [, , folder = ''] = process.argv
  const seen = new Set<string>()
  for (let i = 0; i < 20; i++) {
    const pair = new Pair()
    const path = join(folder, `${i}`)
    const binding = pair.bind(`ipc://${path}`, { ipc: { mode: 0o600 } })
    seen.add(modeOf(path))
    await binding
    seen.add(modeOf(path))
    await pair.close()
  }
  parentPort?.postMessage([...seen])
}
