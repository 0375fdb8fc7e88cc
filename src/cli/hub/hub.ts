/** `nanocat hub`: a meeting place of a cluster, until a signal ends it. */
import { Hub } from '../../cluster/index.ts'
import { readKeys } from '../cluster/key.ts'
import { print } from '../help.ts'
import type { Io } from '../io.ts'
import { operation } from '../operation.ts'
import { parse } from '../parsing/parse.ts'
import { tell, visible } from '../terminal.ts'
import { hubCommand, hubDefaults } from './options.ts'

export async function hub(program: string, words: readonly string[], io: Io): Promise<number> {
  const settings = hubDefaults()
  const prints = parse(hubCommand, [program, ...words], settings)
  if (prints !== undefined) {
    tell(io.stdout, print(prints, hubCommand, program))
    return 0
  }
  const { binds, maxMembers } = settings
  const key = readKeys(settings, program, io)
  const network = settings.network ?? (key === undefined ? undefined : 'default')
  const meeting = await operation('create socket', program, () => new Hub({ network, key, maxMembers }))
  try {
    for (const bind of binds) {
      const url = await operation('bind', bind, () => meeting.bind(bind))
      tell(io.stdout, `hub at ${visible(url)}\n`)
      if (key === undefined && !isPrivate(bind)) {
        tell(io.stderr, `${program}: without a key everyone who reaches ${visible(bind)} can join\n`)
      }
    }
    await new Promise<void>((resolve) => {
      if (io.signal?.aborted === true) resolve()
      else io.signal?.addEventListener('abort', () => resolve(), { once: true })
    })
  } finally {
    await meeting.close()
  }
  return 0
}

/** Whether only this host reaches it. */
function isPrivate(url: string): boolean {
  return /^(ipc|inproc):|^(tls\+)?tcp:\/\/(127\.|localhost[:/]|\[::1\])/.test(url)
}
