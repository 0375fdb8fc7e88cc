/** Calls that are taken back together. */
import { getEventListeners } from 'node:events'
import { describe, expect, it, vi } from 'vitest'
import { Cancellation, cancelWith } from '../../src/core/cancellation.ts'

const listeners = (signal: AbortSignal): number => getEventListeners(signal, 'abort').length

describe('the calls of a signal', () => {
  it('COM-52 COM-23 share one listener, which goes with the last of them', () => {
    const { signal } = new AbortController()
    const registrations = Array.from({ length: 50 }, () => cancelWith(signal, { cancel: () => {} }))
    expect(listeners(signal)).toBe(1)
    for (const registration of registrations.slice(1)) registration.lift()
    expect(listeners(signal)).toBe(1)
    registrations[0]?.lift()
    registrations[0]?.lift()
    expect(listeners(signal)).toBe(0)
  })

  it('end in their order with its reason, and leave nothing on it', () => {
    const abort = new AbortController()
    const ended: [number, unknown][] = []
    const add = (n: number) => cancelWith(abort.signal, { cancel: (error) => ended.push([n, error]) })
    add(1)
    add(2).lift()
    add(3)
    abort.abort('enough')
    expect(ended).toEqual([
      [1, 'enough'],
      [3, 'enough']
    ])
    expect(listeners(abort.signal)).toBe(0)
  })

  it('may be lifted by another that ends first', () => {
    const abort = new AbortController()
    const cancel = vi.fn()
    cancelWith(abort.signal, { cancel: () => second.lift() })
    const second = cancelWith(abort.signal, { cancel })
    abort.abort()
    expect(cancel).not.toHaveBeenCalled()
  })
})

describe('the calls of a loop', () => {
  it('end with what it is left with, and those that come later stay', () => {
    const loop = new Cancellation()
    const ended: unknown[] = []
    loop.add({ cancel: (error) => ended.push(error) })
    loop.cancel('left')
    const late = vi.fn()
    loop.add({ cancel: late })
    expect(ended).toEqual(['left'])
    expect(late).not.toHaveBeenCalled()
  })
})
