/** REP and RESPONDENT with data: every request is printed and answered. That none comes in time is a failure. */
import { operation } from '../operation.ts'
import type { Source } from '../source.ts'
import type { Session } from './mode.ts'

export async function answer(session: Session, source: Source | undefined): Promise<void> {
  const { settings, socket, name, print, signal } = session
  const rounds = settings.count ?? Infinity
  for (let round = 0; round < rounds && !signal.aborted; round++) {
    const timeout = settings.recvTimeout
    const message = await operation('recv', name, () => socket.recvMessage({ signal, timeout }))
    await print(message)
    const body = await source?.next()
    if (body === undefined) return
    await operation('send', name, () => socket.send(body, { signal, timeout: settings.sendTimeout }))
  }
}
