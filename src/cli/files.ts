/** Files named on the command line. One that cannot be read ends the run with exit code 2, in nanocat's words. */
import { readFileSync } from 'node:fs'
import { Failure, strerror } from './failure.ts'
import { visible } from './terminal.ts'

export function readFile(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'EIO'
    const doing = (error as NodeJS.ErrnoException).syscall === 'read' ? 'reading' : 'opening'
    throw new Failure(2, `Error ${doing} file \`\`${visible(path)}'': ${strerror(code)}`)
  }
}

/** A certificate or key. */
export function readPem(path: string): Buffer {
  const bytes = readFile(path)
  if (bytes.includes('-----BEGIN ')) return bytes
  throw new Failure(2, `Error reading file \`\`${visible(path)}'': it holds no PEM certificate or key`)
}
