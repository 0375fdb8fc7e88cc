/** What `--help` and `--version` print. */
import { version } from '../version.ts'
import { renderHelp } from './help.ts'
import type { Command } from './parsing/option.ts'

export function print<S>(what: 'help' | 'version', command: Command<S>, program: string): string {
  return what === 'help' ? renderHelp(command, program) : `${program} (hubless) ${version}\n`
}
