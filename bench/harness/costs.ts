/**
 * What a message costs: processor time, user and system, of each process that it passes, and bytes that JavaScript
 * allocates for it. Unlike rates these hold on a machine that does other things, too, and compare machines.
 */
import { readdirSync, readFileSync } from 'node:fs'
import type { Figures, Metric } from './case.ts'
import type { Report } from './process.ts'

const microseconds = { unit: 'µs', better: 'less' } as const

/** Of all processes together, for one message. */
export const cpu: Metric = { name: 'cpu', ...microseconds }

/** Of the parts that `costs` names. */
export function costMetrics(...parts: readonly string[]): Metric[] {
  const each = parts.map((part): Metric => ({ name: `cpu of ${part}`, ...microseconds, detail: true }))
  return [cpu, ...each, { name: 'allocated', unit: 'bytes', better: 'less', detail: true }]
}

/** What one part spent, and on how many messages. */
export type Part = Pick<Report, 'cpu' | 'messages' | 'allocated'>

/** Figures for `costMetrics`: what each part spends on a message, and all together. */
export function costs(parts: Readonly<Record<string, Part>>): Figures {
  const all = Object.entries(parts)
  const spent = all.map(([name, { cpu: seconds, messages }]) => [`cpu of ${name}`, (seconds / messages) * 1e6] as const)
  const known = all.flatMap(([, { allocated, messages }]) => (allocated === undefined ? [] : [allocated / messages]))
  return {
    cpu: sum(spent.map(([, each]) => each)),
    ...Object.fromEntries(spent),
    ...(known.length === 0 ? {} : { allocated: sum(known) })
  }
}

/** The same for one process that plays all parts. */
export function ownCosts({ cpu: seconds, messages, allocated }: Part): Figures {
  return {
    cpu: (seconds / messages) * 1e6,
    ...(allocated === undefined ? {} : { allocated: allocated / messages })
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

/** Watches processes that do not report what they spend: servers, and what answers. */
export class Watch {
  readonly #pids: () => readonly number[]
  readonly #begin: number

  constructor(pids: () => readonly number[]) {
    this.#pids = pids
    this.#begin = this.#spent()
  }

  /** What they have spent on so many messages since. */
  part(messages: number): Part {
    return { cpu: this.#spent() - this.#begin, messages }
  }

  #spent(): number {
    return sum(this.#pids().map(processorSeconds))
  }
}

/** User and system time come in hundredths of a second; the scheduler's own account is finer, but of live threads. */
function processorSeconds(pid: number): number {
  try {
    const threads = readdirSync(`/proc/${pid}/task`)
    const nanoseconds = threads.map((thread) => {
      return Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ', 1)[0])
    })
    return sum(nanoseconds) / 1e9
  } catch {
    // It has ended, or this is not Linux.
    return Number.NaN
  }
}
