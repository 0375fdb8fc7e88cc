/** The key of a network, from a file or the environment: what stands on a command line, every user of the host sees. */
import { statSync } from 'node:fs'
import { Failure } from '../failure.ts'
import { readFile } from '../files.ts'
import type { Io } from '../io.ts'
import { tell, visible } from '../terminal.ts'
import type { NetworkSettings } from './membership-options.ts'

const shortest = 16

/** The newest first; `undefined`: there is none. A key that is too short ends the run. */
export function readKeys({ keyFile }: NetworkSettings, program: string, io: Io): readonly string[] | undefined {
  const from = keyFile === undefined ? 'HUBLESS_KEY' : `\`\`${visible(keyFile)}''`
  const text = keyFile === undefined ? io.env.HUBLESS_KEY : readFile(keyFile).toString('utf8')
  if (text === undefined || (keyFile === undefined && text === '')) return undefined
  if (keyFile !== undefined && isOpen(keyFile)) {
    tell(io.stderr, `${program}: the key in ${from} can be read by others; chmod 600 makes it yours\n`)
  }
  const keys = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
  if (keys.length > 0 && keys.every((key) => Buffer.byteLength(key) >= shortest)) return keys
  throw new Failure(2, `${program}: ${from} holds no key: a key is a line of at least ${shortest} bytes`)
}

function isOpen(path: string): boolean {
  try {
    return process.platform !== 'win32' && statSync(path).isFile() && (statSync(path).mode & 0o077) !== 0
  } catch {
    return false
  }
}
