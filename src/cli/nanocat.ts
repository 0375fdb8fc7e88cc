/** The command without a subcommand: one socket, as nanomsg's nanocat. */
import type { Io } from './io.ts'
import { nanocat as command } from './options.ts'
import { parse } from './parsing/parse.ts'
import { defaults } from './settings.ts'
import { tell } from './terminal.ts'

export async function nanocat(program: string, words: readonly string[], io: Io): Promise<number> {
  const settings = defaults()
  const prints = parse(command, [program, ...words], settings)
  if (prints !== undefined) {
    const { print } = await import('./help.ts')
    tell(io.stdout, print(prints, command, program))
  } else if (settings.completion !== undefined) {
    const { completion } = await import('./completion.ts')
    tell(io.stdout, completion(settings.completion))
  } else {
    const { session } = await import('./session.ts')
    await session(settings, program, io)
  }
  return 0
}
