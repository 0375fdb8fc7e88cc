/**
 * Text for a terminal. Much of it was chosen by somebody else, words of a command line among it: everything printed but the
 * bodies of messages goes through here, and what would disturb the terminal is shown as an escape; see `visible.ts`.
 */
import type { Writable } from 'node:stream'
import { visible } from '../visible.ts'

export { brief, visible, visibleJson } from '../visible.ts'

/** Writes text whose line breaks are ours. What stands in a line and is somebody else's has gone through `visible`. */
export function tell(stream: Writable, text: string): void {
  stream.write(text.split('\n').map(visible).join('\n'))
}

/** A line in grey. */
export function tellGrey(stream: Writable, line: string): void {
  stream.write(`\x1b[2m${visible(line)}\x1b[22m\n`)
}

/** Puts a line in place of the one before, and leaves the cursor in it. */
export function retell(stream: Writable, line: string): void {
  stream.write(`\r\x1b[K${visible(line)}`)
}

/** Empties the screen. */
export function wipe(stream: Writable): void {
  stream.write('\x1b[H\x1b[2J')
}
