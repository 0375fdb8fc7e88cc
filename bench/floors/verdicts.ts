/** Floors and what was measured, a column for each kind of machine. */
import { ratio, short } from '../harness/numbers.ts'
import type { Rows } from '../harness/table.ts'
import { cLibraries, type Floor, judge, libraries, type ResultsByName } from './floor.ts'

export function verdictRows(floors: readonly Floor[], machines: ReadonlyMap<string, ResultsByName>): Rows {
  return [
    ['', 'to reach', ...machines.keys()],
    ...floors.map((floor) => [
      whatOf(floor),
      `${floor.is === 'least' ? '≥' : '≤'} ${shown(floor, floor.bound)}`,
      ...Array.from(machines.values(), (results) => cellOf(floor, results))
    ])
  ]
}

function cellOf(floor: Floor, results: ResultsByName): string {
  const { value, met } = judge(floor, results)
  if (met === undefined) return '–'
  return met ? shown(floor, value) : `**${shown(floor, value)}** not met`
}

function shown({ is, other }: Floor, value: number): string {
  return is === 'above' || other === 1 ? short(value) : ratio(value)
}

function whatOf({ what, own = 'hubless', other, otherCase }: Floor): string {
  const subject = own === 'hubless' || what.includes(own.replace('hubless ', '')) ? what : `${what} (${own})`
  return `${subject}${opponentOf(other, otherCase)}`
}

function opponentOf(other: Floor['other'], otherCase: string | undefined): string {
  if (otherCase !== undefined) return `, against ${otherCase}`
  if (other === 1) return ''
  if (typeof other === 'number') return `, against ${other} ns of libzmq, measured before`
  if (other === cLibraries) return ', against the best C library'
  return other === libraries ? ', against the best library' : `, against ${other}`
}
