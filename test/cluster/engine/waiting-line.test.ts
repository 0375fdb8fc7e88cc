import { describe, expect, it } from 'vitest'
import { Pool } from '../../../src/cluster/engine/pool.ts'
import type { Target } from '../../../src/cluster/engine/target.ts'
import { type InLine, WaitingLine } from '../../../src/cluster/engine/waiting-line.ts'

const call = (retry: () => boolean = () => false): InLine => ({
  ahead: undefined,
  behind: undefined,
  retry,
  abandon: () => {}
})

describe('the line of calls that wait', () => {
  it('keeps its order when some leave from the front, the middle and the end', () => {
    const line = new WaitingLine()
    const calls = [call(), call(), call(), call(), call()] as const
    for (const one of calls) line.push(one)
    for (const at of [2, 0, 4] as const) line.remove(calls[at])
    expect(line.all()).toEqual([calls[1], calls[3]])
    line.push(calls[0])
    expect(line.all()).toEqual([calls[1], calls[3], calls[0]])
    expect(line.length).toBe(3)
  })

  it('is empty, and lets go of its calls, when the last has left', () => {
    const line = new WaitingLine()
    const calls = [call(), call()] as const
    for (const one of calls) line.push(one)
    for (const one of calls) line.remove(one)
    expect(line.first).toBeUndefined()
    expect(line.length).toBe(0)
    for (const { ahead, behind } of calls) expect([ahead, behind]).toEqual([undefined, undefined])
  })

  it('advances in order as long as a member has room, and no further', () => {
    let room = 2
    const target = {
      zone: '',
      get usable() {
        return room > 0
      }
    } as Target
    const pool = new Pool('name', '')
    pool.add(target)
    const tried: number[] = []
    for (const number of [1, 2, 3]) {
      const one = call(() => {
        tried.push(number)
        if (room === 0) return false
        room--
        pool.leave(one)
        return true
      })
      pool.wait(one)
    }
    pool.changed()
    expect(tried).toEqual([1, 2])
    expect(pool.waiting).toBe(1)
  })
})
