/**
 * Text for a terminal. Much of it was chosen by somebody else: addresses, error messages, what a server said, words of a
 * command line. What would move the cursor, colour, hide or turn round what stands beside it is shown as an escape, so
 * that nobody can make a line look like one of ours. Everything printed but the bodies of messages goes through here.
 */
import type { Writable } from 'node:stream'

/** Controls (C0, DEL, C1), format characters (bidi among them), separators of lines, halves of characters. */
const unseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu
/** One line of a log; what says more than this says nothing more. */
const longestLine = 2000

/** One line: line breaks are escaped as well. */
export function visible(text: string): string {
  return text.replace(unseen, escaped)
}

/** As `visible`, for what may be long without being worth it. */
export function brief(text: string): string {
  const line = visible(text)
  return line.length > longestLine ? `${line.slice(0, longestLine)}…` : line
}

/** JSON stays the same value. */
export function visibleJson(json: string): string {
  return json.replace(unseen, (character) => {
    return Array.from({ length: character.length }, (_, i) => `\\u${hex(character.charCodeAt(i), 4)}`).join('')
  })
}

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

function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0
  if (code < 0x100) return `\\x${hex(code, 2)}`
  return code < 0x10000 ? `\\u${hex(code, 4)}` : `\\u{${hex(code, 1)}}`
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, '0')
}
