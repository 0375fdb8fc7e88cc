/** "Did you mean": the nearest of the names there are. Loaded only when something was misspelt. */
import { closest, distance } from 'fastest-levenshtein'

/** The nearest name, if it is near enough to be meant. */
export function suggest(unknown: string, known: readonly string[]): string | undefined {
  const written = unknown.toLowerCase()
  const nearest = known.length === 0 ? undefined : closest(written, known)
  if (nearest === undefined) return undefined
  // Two letters swapped count as two changes, too many for a short name.
  const swapped = known.find((name) => sorted(name) === sorted(written))
  if (swapped !== undefined) return swapped
  const letters = nearest.replace(/^-+/, '').length
  return distance(written, nearest) <= Math.max(1, Math.floor(letters / 3)) ? nearest : undefined
}

function sorted(text: string): string {
  return [...text].sort().join('')
}
