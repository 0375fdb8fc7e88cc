import { afterEach, describe, expect, it } from 'vitest'
import { Machine, next, onIllegalTransition, type StateTable } from '../../src/core/state-machine.ts'

const door: StateTable<'open' | 'shut' | 'locked', 'push' | 'pull' | 'turn'> = {
  name: 'door',
  initial: 'shut',
  transitions: {
    shut: { pull: 'open', turn: 'locked' },
    open: { push: 'shut' },
    locked: { turn: 'shut' }
  }
}

describe('a machine', () => {
  let restore: Parameters<typeof onIllegalTransition>[0] | undefined
  afterEach(() => {
    if (restore !== undefined) onIllegalTransition(restore)
    restore = undefined
  })

  it('begins in the initial state and goes where the table leads', () => {
    const machine = new Machine(door)
    expect(machine.state).toBe('shut')
    for (const [event, state] of [
      ['pull', 'open'],
      ['push', 'shut'],
      ['turn', 'locked']
    ] as const) {
      machine.fire(event)
      expect(machine.state).toBe(state)
    }
    expect(next(door, 'locked', 'turn')).toBe('shut')
  })

  it('COM-10 an event that the table does not allow throws in the test suite', () => {
    const machine = new Machine(door)
    expect(() => machine.fire('push')).toThrow('illegal transition: door in state shut does not accept push')
    expect(machine.state).toBe('shut')
  })

  it('reports such an event and keeps its state where nobody throws', () => {
    const reported: string[][] = []
    restore = onIllegalTransition((...report) => void reported.push(report))
    const machine = new Machine(door)
    machine.fire('push')
    expect(machine.state).toBe('shut')
    expect(reported).toEqual([['door', 'shut', 'push']])
  })
})
