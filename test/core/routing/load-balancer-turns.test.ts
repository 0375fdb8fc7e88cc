/** Whose turn it is among pipes that fill, end and come back, without sockets. */
import type { Pipe } from 'hubless'
import { describe, expect, it } from 'vitest'
import { LoadBalancer } from '../../../src/core/routing/load-balancer.ts'

type Fake = Omit<Pipe, 'state' | 'full'> & {
  readonly name: string
  state: string
  full: boolean
  /** Whether it has room for another message after each. */
  room: boolean
  /** What sending does to it. */
  onSend: () => void
}

function balancer() {
  const one = new LoadBalancer()
  const calls: unknown[][] = []
  const pipe = (name: string, sendPriority = 8): Fake => {
    const fake = {
      name,
      sendPriority,
      state: 'attached',
      full: false,
      room: true,
      onSend: () => {},
      send: (...call: unknown[]): boolean => {
        calls.push([name, ...call])
        fake.onSend()
        fake.full = !fake.room
        return fake.room
      }
    }
    one.add(fake as unknown as Pipe)
    return fake as unknown as Fake
  }
  const end = (of: Fake): void => {
    of.state = 'closed'
    one.remove(of as Pipe)
  }
  const [header, body] = [new Uint8Array(1), new Uint8Array(2)]
  const send = (): string | undefined => (one.send(header, body, 3) as Fake | undefined)?.name
  return { one, pipe, end, send, calls, header, body }
}

const names = (send: () => string | undefined, count: number): (string | undefined)[] =>
  Array.from({ length: count }, send)

describe('a load balancer', () => {
  it('has no pipe to send to before one is ready', () => {
    const { one, pipe, send, calls, header, body } = balancer()
    expect([one.priority, send(), one.pipes.size]).toEqual([null, undefined, 0])
    const a = pipe('a', 3)
    expect([one.priority, send(), one.pipes.has(a as Pipe)]).toEqual([3, 'a', true])
    expect(calls).toEqual([['a', header, body, 3]])
  })

  it('COM-47 says which class is sent to, from 1 to 16, as pipes fill and are ready again', () => {
    const { one, pipe, send } = balancer()
    const pipes = [16, 1, 9].map((priority) => pipe(`${priority}`, priority))
    for (const expected of [1, 9, 16]) {
      expect(one.priority).toBe(expected)
      const next = pipes.find(({ sendPriority }) => sendPriority === expected) as Fake
      next.room = false
      expect(send()).toBe(`${expected}`)
    }
    expect([one.priority, send()]).toEqual([null, undefined])
    const nine = pipes[2] as Fake
    nine.full = false
    nine.room = true
    one.writable(nine as Pipe)
    expect([one.priority, send(), send()]).toEqual([9, '9', '9'])
  })

  it('COM-46 passes over those that ended, wherever they stood, and over all of a class', () => {
    const { one, pipe, end, send } = balancer()
    const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name) => pipe(name)) as [Fake, Fake, Fake, Fake]
    const low = pipe('low', 9)
    expect(names(send, 5)).toEqual(['a', 'b', 'c', 'd', 'a'])
    end(b)
    end(d)
    expect(names(send, 3)).toEqual(['c', 'a', 'c'])
    end(a)
    expect(names(send, 2)).toEqual(['c', 'c'])
    end(c)
    expect([one.priority, ...names(send, 2)]).toEqual([9, 'low', 'low'])
    end(low)
    expect([one.priority, send(), one.pipes.size]).toEqual([null, undefined, 0])
    pipe('new')
    expect(send()).toBe('new')
  })

  it('COM-46 keeps the turns when one ends that was full', () => {
    const { one, pipe, end, send } = balancer()
    const [a, b] = [pipe('a'), pipe('b')]
    a.room = false
    expect(names(send, 3)).toEqual(['a', 'b', 'b'])
    end(a)
    expect([one.priority, send()]).toEqual([8, 'b'])
    b.room = false
    expect([send(), send(), one.priority]).toEqual(['b', undefined, null])
  })

  it('COM-46 keeps the turns when sending ends the pipe', () => {
    const { one, pipe, end, send } = balancer()
    const [a, b, c] = [pipe('a'), pipe('b'), pipe('c')]
    a.onSend = () => end(a)
    // It ends, and what it has taken fills it.
    c.room = false
    c.onSend = () => end(c)
    expect(names(send, 5)).toEqual(['a', 'b', 'c', 'b', 'b'])
    b.onSend = () => {
      b.room = false
      end(b)
    }
    expect(send()).toBe('b')
    expect([one.priority, send()]).toEqual([null, undefined])
  })

  it('COM-46 keeps the turns when what is sent makes its receiver send as well', () => {
    const { pipe, send } = balancer()
    const a = pipe('a')
    for (const name of ['b', 'c']) pipe(name)
    let inner: string | undefined
    a.onSend = () => {
      a.onSend = () => {}
      inner = send()
    }
    expect([send(), inner, ...names(send, 3)]).toEqual(['a', 'a', 'b', 'c', 'a'])
  })

  it('looks at few pipes that ended, however many there were', () => {
    const { pipe, end, send } = balancer()
    let looks = 0
    const watched = (name: string): Fake => {
      const one = pipe(name)
      let { state } = one
      Object.defineProperty(one, 'state', {
        get: () => {
          looks++
          return state
        },
        set: (value: string) => {
          state = value
        }
      })
      return one
    }
    pipe('a')
    const passing = Array.from({ length: 1000 }, () => watched('passing'))
    for (const one of passing) end(one)
    expect(looks).toBeLessThan(5000)
    for (let i = 0; i < 1000; i++) end(watched('passing'))
    looks = 0
    expect(names(send, 2)).toEqual(['a', 'a'])
    expect(looks).toBeLessThan(20)
  })
})
