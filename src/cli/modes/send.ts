/** PUSH and PUB: once, or every interval, or line by line. */
import { setTimeout as sleep } from 'node:timers/promises'
import { operation } from '../operation.ts'
import type { Source } from '../source.ts'
import type { Session } from './mode.ts'

export async function send({ settings, socket, name, signal }: Session, source: Source | undefined): Promise<void> {
  const { interval, sendTimeout: timeout } = settings
  const repeats = interval !== undefined || source?.finite === true
  const rounds = settings.count ?? (repeats ? Infinity : 1)
  for (let round = 0; round < rounds && !signal.aborted; round++) {
    const body = await source?.next()
    if (body === undefined) return
    const start = performance.now()
    await operation('send', name, () => socket.send(body, { signal, timeout }))
    if (interval === undefined || round + 1 === rounds) continue
    await sleep(Math.max(0, start + interval - performance.now()), undefined, { signal })
  }
}
