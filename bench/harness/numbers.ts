/** Numbers as people read them. */

/** 3 significant digits, with k, M or G from a thousand on. */
export function short(value: number): string {
  if (!Number.isFinite(value)) return '–'
  const size = Math.abs(value)
  for (const [unit, letter] of units) {
    if (size >= unit * 0.9995) return `${digits(value / unit)} ${letter}`
  }
  return digits(value)
}

const units = [
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k']
] as const

function digits(value: number): string {
  const size = Math.abs(value)
  return value.toFixed(size >= 99.95 || value === 0 ? 0 : size >= 9.995 ? 1 : 2)
}

export function ratio(value: number): string {
  return Number.isFinite(value) ? `${digits(value)}x` : '–'
}
