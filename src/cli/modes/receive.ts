/** PULL, SUB, and every socket that only listens: prints what comes until the time is over. */
import { isOver, operation } from '../operation.ts'
import type { Session } from './mode.ts'

export async function receive(session: Session): Promise<void> {
  await printAll(session, session.settings.count ?? Infinity)
}

/** Prints up to `count` messages; ends early when a receive times out or nothing is to be expected. */
export async function printAll({ settings, socket, name, print, signal }: Session, count: number): Promise<void> {
  const { recvTimeout: timeout } = settings
  for (let received = 0; received < count && !signal.aborted; received++) {
    const message = await operation('recv', name, async () => {
      try {
        return await socket.recvMessage({ signal, timeout })
      } catch (error) {
        if (isOver(error)) return undefined
        throw error
      }
    })
    if (message === undefined) return
    await print(message)
  }
}
