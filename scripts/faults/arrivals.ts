/** What arrived, by its number, and when: on the monotonic clock, which all processes of a machine share. */

/** ms. */
export function monotonic(): number {
  return Number(process.hrtime.bigint() / 1000n) / 1000
}

export class Arrivals {
  readonly numbers: Set<number> = new Set()
  twice = 0
  readonly #times: number[] = []

  add(number: number): void {
    if (this.numbers.has(number)) this.twice++
    this.numbers.add(number)
    this.#times.push(monotonic())
  }

  /** When the first after `time` came. */
  firstAfter(time: number): number | undefined {
    return this.#times.find((one) => one > time)
  }
}

/** What a process tells of one of its flows. */
export interface Flow {
  readonly sent: number
  readonly received: number
  readonly twice: number
  readonly back: number | undefined
  readonly drops: object
}
