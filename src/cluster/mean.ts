/** A mean that follows the last values; null before the first. */
export function follow(mean: number | null, value: number): number {
  return mean === null ? value : mean + (value - mean) / 8
}
