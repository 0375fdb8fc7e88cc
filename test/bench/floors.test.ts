import { describe, expect, it } from 'vitest'
import { allCases } from '../../bench/cases/index.ts'
import { floors as everyMachine } from '../../bench/floors/every-machine.ts'
import { type Floor, judge, libraries } from '../../bench/floors/floor.ts'
import { floors as oneMachine } from '../../bench/floors/one-machine.ts'
import type { CaseResult } from '../../bench/harness/measure.ts'
import { limitsOf } from '../../bench/page/limits.ts'

const cases = new Map(allCases({ scale: 1 }).map((one) => [one.name, one]))

function result(rates: Readonly<Record<string, number>>): CaseResult {
  const subjects = Object.entries(rates).map(([label, rate]) => {
    return [label, { figures: { rate: { min: rate, median: rate, max: rate, samples: [rate] } } }] as const
  })
  const metrics = [{ name: 'rate', unit: 'messages/s', better: 'more' } as const]
  return { name: 'a case', metrics, rounds: 1, subjects: Object.fromEntries(subjects) }
}

describe('the floors of the benchmark', () => {
  it.each([...everyMachine, ...oneMachine])('$what is about figures that a case has: $case $metric', (floor) => {
    const { case: name, metric, own = 'hubless', other, otherCase = name } = floor
    const labels = (of: string): string[] => cases.get(of)?.subjects.map(({ peer }) => peer.label) ?? []
    expect(cases.get(name)?.metrics.map((one) => one.name)).toContain(metric)
    expect(labels(name)).toContain(own)
    if (typeof other === 'string') expect(labels(otherCase)).toContain(other)
    if (typeof other === 'object') expect(labels(otherCase).some((label) => other.includes(label))).toBe(true)
  })

  it('compare with the best of several libraries', () => {
    const floor: Floor = { what: '', case: 'a case', metric: 'rate', other: libraries, is: 'least', bound: 1 }
    const results = new Map([['a case', result({ hubless: 90, nanomsg: 50, libzmq: 100, 'bare node:net': 500 })]])
    expect(judge(floor, results)).toEqual({ value: 0.9, met: false })
  })

  it('are not judged where nothing was measured', () => {
    const floor: Floor = { what: '', case: 'a case', metric: 'rate', other: 'nanomsg', is: 'least', bound: 1 }
    expect(judge(floor, new Map()).met).toBeUndefined()
  })

  it('that are not met have their reason, and no others', () => {
    const floor: Floor = { what: '', case: 'fan-out/50/64', metric: 'rate', other: 'libzmq', is: 'least', bound: 1 }
    const measured = (hubless: number) => new Map([[floor.case, result({ hubless, libzmq: 100 })]])
    expect(limitsOf([floor], [measured(100)])).toEqual([])
    expect(limitsOf([floor], [measured(100), measured(99)])).toEqual([expect.stringContaining('PUB to many')])
  })
})
