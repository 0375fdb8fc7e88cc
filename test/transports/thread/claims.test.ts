import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Claim, Claims } from '../../../src/transports/thread/claims.ts'

/** Threads in one: what one tells all others hear, unless they are busy; then they hear it later. */
class Town {
  readonly #houses: House[] = []

  house(): House {
    const house = new House(this, this.#houses.length)
    this.#houses.push(house)
    return house
  }

  tell(from: House, claim: Claim): void {
    for (const house of this.#houses) if (house !== from) house.hear(claim)
  }
}

class House {
  readonly claims: Claims
  readonly lost: string[] = []
  busy = false
  dead = false
  readonly #missed: Claim[] = []

  constructor(town: Town, thread: number) {
    this.claims = new Claims({
      member: `member ${thread}`,
      thread,
      tell: (claim) => town.tell(this, claim),
      lives: async (other) => !dead.has(other),
      lost: (name) => this.lost.push(name)
    })
  }

  hear(claim: Claim): void {
    if (this.dead) return
    if (this.busy) this.#missed.push(claim)
    else this.claims.heard(claim)
  }

  wake(): void {
    this.busy = false
    for (const claim of this.#missed.splice(0)) this.claims.heard(claim)
  }
}

const dead = new Set<number>()

describe('claims to a name', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => {
    vi.useRealTimers()
    dead.clear()
  })

  /** What it came to, and after how many ms. */
  async function outcome(claim: Promise<boolean>): Promise<[won: boolean, ms: number]> {
    const began = Date.now()
    let won: boolean | undefined
    void claim.then((value) => {
      won = value
    })
    while (won === undefined) await vi.advanceTimersByTimeAsync(1)
    return [won, Date.now() - began]
  }

  it('are granted after an introduction when nobody objects, and at once from then on', async () => {
    const house = new Town().house()
    const [won, ms] = await outcome(house.claims.claim('a'))
    expect(won).toBe(true)
    expect(ms).toBeLessThanOrEqual(60)
    expect((await outcome(house.claims.claim('b')))[1]).toBeLessThanOrEqual(2)
  })

  it('are refused while another thread has the name, and granted once it was released', async () => {
    const town = new Town()
    const [one, two] = [town.house(), town.house()]
    await outcome(one.claims.claim('a'))
    expect((await outcome(two.claims.claim('a')))[0]).toBe(false)
    one.claims.release('a')
    expect((await outcome(two.claims.claim('a')))[0]).toBe(true)
  })

  it('of two at a time exactly one is granted', async () => {
    for (let i = 0; i < 20; i++) {
      const town = new Town()
      const [one, two] = [town.house(), town.house()]
      const claims = [one.claims.claim('a'), two.claims.claim('a')].map(outcome)
      const won = (await Promise.all(claims)).filter(([granted]) => granted)
      expect(won).toHaveLength(1)
    }
  })

  it('wait a second for a thread that is known and busy, which has its name back when it wakes', async () => {
    const town = new Town()
    const [one, two] = [town.house(), town.house()]
    await outcome(one.claims.claim('a'))
    await outcome(two.claims.claim('b'))
    one.busy = true
    const [won, ms] = await outcome(two.claims.claim('a'))
    expect(won).toBe(true)
    expect(ms).toBeGreaterThanOrEqual(999)
    one.wake()
    expect(two.lost).toEqual(['a'])
    expect(one.lost).toEqual([])
  })

  it('do not wait for a thread that has ended', async () => {
    const town = new Town()
    const [one, two] = [town.house(), town.house()]
    await outcome(one.claims.claim('a'))
    await outcome(two.claims.claim('b'))
    one.dead = true
    dead.add(0)
    const [won, ms] = await outcome(two.claims.claim('a'))
    expect(won).toBe(true)
    expect(ms).toBeLessThanOrEqual(2)
  })
})
