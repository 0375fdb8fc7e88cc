/** `--bench`: as fast as it goes, until the count, the signal or the receive timeout. The meter shows how fast. */
import { Rep, Req, Respondent, Surveyor } from '../../index.ts'
import { isOver } from '../operation.ts'
import type { Source } from '../source.ts'
import type { Session } from './mode.ts'

export async function bench(session: Session, source: Source | undefined): Promise<void> {
  const { settings, socket, signal } = session
  const body = (await source?.next()) ?? Buffer.alloc(settings.size ?? 64, 'x')
  const sends = source !== undefined || settings.size !== undefined
  const count = settings.count ?? Infinity
  const { protocol } = socket
  try {
    if (socket instanceof Rep || socket instanceof Respondent) await echo(socket, signal)
    else if (socket instanceof Req) await ask(socket, body, count, session)
    else if (socket instanceof Surveyor) await surveyAll(socket, body, count, signal)
    else if (protocol === 'push' || protocol === 'pub' || (sends && protocol !== 'pull' && protocol !== 'sub')) {
      await flood(session, body, count)
    } else await drain(session, count)
  } catch (error) {
    if (!isOver(error)) throw error
  }
}

async function flood({ settings, socket, signal }: Session, body: Buffer, count: number): Promise<void> {
  const options = { signal, timeout: settings.sendTimeout }
  for (let sent = 0; sent < count && !signal.aborted; sent++) {
    await socket.send(body, options)
    if ((sent & 0xfff) === 0xfff) await turn()
  }
}

async function drain({ settings, socket, signal }: Session, count: number): Promise<void> {
  const options = { signal, timeout: settings.recvTimeout }
  for (let received = 0; received < count && !signal.aborted; received++) {
    if (socket.tryRecv() === undefined) await socket.recvMessage(options)
    if ((received & 0xfff) === 0xfff) await turn()
  }
}

async function ask(req: Req, body: Buffer, count: number, { settings, signal }: Session): Promise<void> {
  const options = { signal, timeout: settings.recvTimeout }
  for (let round = 0; round < count && !signal.aborted; round++) await req.request(body, options)
}

async function surveyAll(surveyor: Surveyor, body: Buffer, count: number, signal: AbortSignal): Promise<void> {
  for (let round = 0; round < count && !signal.aborted; round++) {
    for await (const _answer of surveyor.survey(body, { signal }));
  }
}

async function echo(socket: Rep | Respondent, signal: AbortSignal): Promise<void> {
  await socket.serve(({ body }) => body, { signal })
}

/** Lets timers and signals have their turn. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
