/**
 * Text that somebody else chose as it may stand in a log or on a terminal: addresses, error messages, what a peer said. What
 * would move the cursor, colour, hide or turn round what stands beside it is shown as an escape, so that nobody can make a
 * line look like one of ours.
 */

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

function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0
  if (code < 0x100) return `\\x${hex(code, 2)}`
  return code < 0x10000 ? `\\u${hex(code, 4)}` : `\\u{${hex(code, 1)}}`
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, '0')
}
