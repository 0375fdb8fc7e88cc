/** Operations on sockets: one that fails ends the run with nanocat's words for it, and a second line that says more. */
import { SpError } from '../index.ts'
import { Failure, strerror } from './failure.ts'
import { visible } from './terminal.ts'

export type Verb = 'create socket' | 'bind' | 'connect' | 'send' | 'recv' | 'subscribe'

export async function operation<T>(verb: Verb, name: string, run: () => T | Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (error) {
    if (!(error instanceof SpError)) throw error
    throw new Failure(3, `Can't ${verb}: ${strerror(error.code)}\n${visible(name)}: ${visible(error.message)}`)
  }
}

/** Whether there is nothing to receive any more: the time is over, or nothing was asked. */
export function isOver(error: unknown): boolean {
  return error instanceof SpError && (error.code === 'ETIMEDOUT' || error.code === 'EFSM')
}
