/** Ids of requests and surveys, and what is outstanding under them. */
import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { IdTable } from '../../src/protocols/id-table.ts'

interface Item {
  readonly id: number
}

afterEach(() => {
  vi.restoreAllMocks()
})

function fill(table: IdTable<Item>, count: number): Item[] {
  return Array.from({ length: count }, () => {
    const item = { id: table.next() }
    table.add(item)
    return item
  })
}

const beforeTheWrap = (ids: number): void => {
  vi.spyOn(Math, 'random').mockReturnValue((2 ** 31 - ids) / 2 ** 31)
}

describe('the ids of a socket', () => {
  it('REQ-03 have the top bit set, start at random and grow by one', () => {
    const first = new IdTable().next()
    const table = new IdTable()
    const id = table.next()
    expect(id).toBeGreaterThanOrEqual(0x80000000)
    expect(id).toBeLessThanOrEqual(0xffffffff)
    expect(table.next()).toBe(((id + 1 - 0x80000000) % 0x80000000) + 0x80000000)
    expect(first).not.toBe(id)
  })

  it('REQ-23 wrap at 31 bits and keep the top bit', () => {
    beforeTheWrap(3)
    const table = new IdTable()
    expect([1, 2, 3, 4].map(() => table.next())).toEqual([0xfffffffe, 0xffffffff, 0x80000000, 0x80000001])
  })

  it('REQ-23 skip those that are in use, across the wrap too', () => {
    beforeTheWrap(3)
    const table = new IdTable<Item>()
    for (const id of [0xffffffff, 0x80000000, 0x80000002]) table.add({ id })
    expect([1, 2, 3].map(() => table.next())).toEqual([0xfffffffe, 0x80000001, 0x80000003])
  })
})

describe('what is outstanding', () => {
  it('is found by its id only, and not any more once it is gone', () => {
    const table = new IdTable<Item>()
    const [a, b] = fill(table, 2) as [Item, Item]
    expect([table.get(a.id), table.get(b.id)]).toEqual([a, b])
    for (const other of [a.id - 1, a.id ^ 64, a.id + 2 ** 20, 0, 0xffffffff]) {
      if (other !== b.id) expect(table.get(other), `${other}`).toBeUndefined()
    }
    // Another item under the same id is not what is deleted.
    expect([a, a, { id: b.id }].map((item) => table.delete(item))).toEqual([true, false, false])
    expect([table.get(a.id), table.get(b.id)]).toEqual([undefined, b])
  })

  it('comes oldest first, across the wrap too, however much there is', () => {
    beforeTheWrap(400)
    const table = new IdTable<Item>()
    const items = fill(table, 1000)
    expect(table.all()).toEqual(items)
    for (const item of items.slice(0, 997)) table.delete(item)
    expect(table.all()).toEqual(items.slice(997))
  })

  it('may stay for as long as it likes, while others come and go', () => {
    const table = new IdTable<Item>()
    const stays = fill(table, 3)
    for (let i = 0; i < 5000; i++) {
      const [item] = fill(table, 1) as [Item]
      expect(stays).not.toContain(item)
      table.delete(item)
    }
    expect(table.all()).toEqual(stays)
    for (const item of stays) expect(table.get(item.id)).toBe(item)
  })

  it('takes half of the places, and gives the others back when nothing is left', () => {
    vi.spyOn(Math, 'random').mockReturnValue(0)
    const table = new IdTable<Item>()
    const ids = (count: number): number[] => Array.from({ length: count }, () => table.next() - 2 ** 31)
    const range = (first: number, last: number): number[] =>
      Array.from({ length: last - first + 1 }, (_, i) => first + i)
    // Among 64 places, those of 65 to 96 are taken by 1 to 32.
    fill(table, 32)
    expect(ids(33)).toEqual([...range(33, 64), 97])
    // One more, and there are 128.
    fill(table, 1)
    expect(ids(31)).toEqual([...range(99, 128), 161])
    for (const item of table.all()) table.delete(item)
    fill(table, 1)
    expect(ids(64)).toEqual([...range(163, 225), 227])
  })

  it('does what a Map does', () => {
    const adds = fc.array(fc.oneof(fc.integer({ min: 1, max: 200 }), fc.integer({ min: -200, max: -1 })), {
      maxLength: 60
    })
    fc.assert(
      fc.property(adds, (steps) => {
        const table = new IdTable<Item>()
        const map = new Map<number, Item>()
        for (const step of steps) {
          if (step > 0) for (const item of fill(table, step)) map.set(item.id, item)
          for (const item of [...map.values()].filter((_, i) => step < 0 && (i * 7) % 200 < -step)) {
            table.delete(item)
            map.delete(item.id)
          }
          expect(table.all()).toEqual([...map.values()])
          for (const [id, item] of map) expect(table.get(id)).toBe(item)
        }
      })
    )
  })
})
