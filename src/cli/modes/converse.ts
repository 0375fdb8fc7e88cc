/**
 * REQ and SURVEYOR ask and print the answers; BUS and PAIR send and print what comes. Once, or every interval with
 * whatever arrives in between, or line by line.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { isOver, operation } from '../operation.ts'
import type { Source } from '../source.ts'
import type { Session } from './mode.ts'
import { printAll } from './receive.ts'

export async function converse(session: Session, source: Source | undefined): Promise<void> {
  const { settings, signal } = session
  if (source === undefined) return
  if (settings.interval !== undefined) return repeat(session, source, settings.interval)
  const asks = settings.pattern === 'req' || settings.pattern === 'surveyor'
  if (!asks && source.finite) return chat(session, source)
  const rounds = (asks ? settings.count : undefined) ?? (source.finite ? Infinity : 1)
  for (let round = 0; round < rounds && !signal.aborted; round++) {
    if (!(await sendNext(session, source))) return
    await printAll(session, asks ? Infinity : (settings.count ?? Infinity))
  }
}

/** Every interval a message; what comes in between is printed. */
async function repeat(session: Session, source: Source, interval: number): Promise<void> {
  const { settings, socket, name, print, signal } = session
  const rounds = settings.count ?? Infinity
  for (let round = 0; round < rounds && !signal.aborted; round++) {
    const due = performance.now() + interval
    if (!(await sendNext(session, source))) return
    for (let left = interval; left > 0; left = due - performance.now()) {
      const timeout = Math.min(left, settings.recvTimeout)
      try {
        const message = await socket.recvMessage({ signal, timeout })
        await print(message)
      } catch (error) {
        if (!isOver(error)) await operation('recv', name, () => Promise.reject(error))
        await sleep(Math.max(0, due - performance.now()), undefined, { signal })
      }
    }
  }
}

/** Lines go out as they are typed and messages come in meanwhile, until both are over. */
async function chat(session: Session, source: Source): Promise<void> {
  const { settings } = session
  const typed = (async () => {
    while (await sendNext(session, source));
  })()
  await Promise.all([typed, printAll(session, settings.count ?? Infinity)])
}

async function sendNext({ settings, socket, name, signal }: Session, source: Source): Promise<boolean> {
  const body = await source.next()
  if (body === undefined) return false
  await operation('send', name, () => socket.send(body, { signal, timeout: settings.sendTimeout }))
  return true
}
