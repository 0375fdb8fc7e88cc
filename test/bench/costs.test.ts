import { describe, expect, it } from 'vitest'
import { costMetrics, costs, ownCosts } from '../../bench/harness/costs.ts'

describe('the costs of a message', () => {
  it('are those of each part for its own messages, and their sum', () => {
    const figures = costs({
      sender: { cpu: 1, messages: 1e6, allocated: 64e6 },
      receiver: { cpu: 1, messages: 5e5, allocated: 100e6 }
    })
    expect(figures).toEqual({ cpu: 3, 'cpu of sender': 1, 'cpu of receiver': 2, allocated: 264 })
  })

  it('say nothing of allocation where no part can tell', () => {
    expect(costs({ sender: { cpu: 1, messages: 1e6 } })).not.toHaveProperty('allocated')
    expect(ownCosts({ cpu: 1, messages: 1e6 })).toEqual({ cpu: 1 })
  })

  it('have a metric for every figure', () => {
    const names = costMetrics('sender').map(({ name }) => name)
    expect(names).toEqual(['cpu', 'cpu of sender', 'allocated'])
  })
})
