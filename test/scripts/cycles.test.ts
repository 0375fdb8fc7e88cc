/** The check for circles of imports: which imports it sees, and which circles it finds. */
import { describe, expect, it } from 'vitest'
import { knots, wayRound } from '../../scripts/cycles/graph.ts'
import { importsOf } from '../../scripts/cycles/imports.ts'

describe('importsOf', () => {
  it.each([
    ["import './a.ts'"],
    ["import { a } from './a.ts'"],
    ["import type { A } from './a.ts'"],
    ["import a, { type B } from './a.ts'"],
    ["import * as a from './a.ts'"],
    ["import type * as A from './a.ts'"],
    ['import { a } from "./a.ts"'],
    ["import {\n  a,\n  b\n} from './a.ts'"],
    ["export { a } from './a.ts'"],
    ["export type { A } from './a.ts'"],
    ["export * from './a.ts'"],
    ["const a = await import('./a.ts')"],
    ["type A = import('./a.ts').A"],
    ["const url = 'tcp://h:1'; export * from './a.ts'"]
  ])('sees %j', (text) => {
    expect(importsOf(text)).toEqual(['./a.ts'])
  })

  it.each([
    ["// import './a.ts'"],
    ["/* import { a } from './a.ts' */"],
    ["const text = `\nimport './a.ts'\n`"],
    ["export const from = './a.ts'"],
    ["const say = 'import this from nowhere'"]
  ])('sees nothing in %j', (text) => {
    expect(importsOf(text)).toEqual([])
  })
})

describe('knots', () => {
  const graph = (edges: Record<string, string[]>): Map<string, string[]> => new Map(Object.entries(edges))

  it('finds none in a graph whose arrows all point down', () => {
    expect(knots(graph({ a: ['b', 'c'], b: ['d'], c: ['d'], d: [] }))).toEqual([])
  })

  it('finds files that reach each other over others, and one that imports itself', () => {
    const circles = graph({ a: ['b'], b: ['c', 'x'], c: ['a'], x: ['y'], y: [], z: ['z'], outside: ['a'] })
    expect(knots(circles)).toEqual([['a', 'b', 'c'], ['z']])
    expect(wayRound(circles, ['a', 'b', 'c'])).toEqual(['a', 'b', 'c', 'a'])
    expect(wayRound(circles, ['z'])).toEqual(['z', 'z'])
  })
})
