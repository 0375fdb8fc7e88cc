/** What a soak has to show: memory that is flat, handles that are given back, and an event loop that is on time. */
import type { Sample } from './gauge.ts'

const mebibyte = 2 ** 20
/** Of the event loop, ms. */
const latest = 50

/** Faults of a process, of which the first sample is from before the work and the last from after it. */
export function faultsOf(name: string, samples: readonly Sample[]): string[] {
  const [first, last] = [samples[0], samples.at(-1)]
  const during = samples.slice(1, -1)
  if (first === undefined || last === undefined || during.length < 4) return [`${name}: too few samples`]
  const faults = samples.flatMap(({ warnings }) => warnings).map((warning) => `${name} warned: ${warning}`)
  if (last.handles > first.handles) faults.push(`${name}: ${first.handles} handles before, ${last.handles} after`)
  const late = median(during.map((sample) => sample.late))
  if (late >= latest) faults.push(`${name}: the event loop was ${late.toFixed(0)} ms late`)
  for (const what of ['held', 'resident'] as const) {
    const quarter = Math.ceil(during.length / 4)
    // The first quarter is the time in which code is compiled and buffers find their size.
    const [early, end] = [during.slice(quarter, 2 * quarter), during.slice(-quarter)].map((part) =>
      median(part.map((sample) => sample[what]))
    ) as [number, number]
    if (end > early * 1.15 + 16 * mebibyte) faults.push(`${name}: ${what} grew from ${mib(early)} to ${mib(end)}`)
  }
  return faults
}

export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN
}

export const mib = (bytes: number): string => `${(bytes / mebibyte).toFixed(1)} MiB`
