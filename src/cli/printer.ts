/** Prints messages on stdout in the format asked for, each at once. */
import type { Message } from '../index.ts'
import { UsageFailure } from './failure.ts'
import { encoders } from './formats.ts'
import { type Io, write } from './io.ts'
import type { Settings } from './settings.ts'

export type Print = (message: Message) => Promise<void> | undefined

export async function printer(settings: Settings, program: string, io: Io): Promise<Print> {
  const format = settings.decode !== undefined && settings.format === 'no' ? 'json' : settings.format
  if (settings.decode !== undefined && format !== 'json') {
    throw new UsageFailure(`${program}: Option --decode requires the format json, not ${format}`)
  }
  if (format === 'no') return () => undefined
  const encode = encoders[format as 'raw'] ?? undefined
  const line = format === 'json' ? await (await import('./json.ts')).jsonLines(settings, program) : undefined
  return (message) => write(io.stdout, line?.(message) ?? encode(message.body))
}
