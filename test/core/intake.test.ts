import { type Connection, type ConnectionSink, Incoming, Pull, Push, registerTransport } from 'hubless'
import { describe, expect, it } from 'vitest'
import { Intake } from '../../src/core/intake.ts'
import { eventually, marry, track } from '../helpers/sockets.ts'

class Reader {
  proceeded = 0
  readonly #intake: Intake
  readonly #takes: number

  constructor(intake: Intake, takes = 0) {
    this.#intake = intake
    this.#takes = takes
  }

  proceed(): void {
    this.proceeded++
    this.#intake.charge(this.#takes)
  }
}

/** Charges until it is full; returns how much that was. */
function fill(intake: Intake): number {
  let bytes = 0
  for (; !intake.full; bytes += 1000) intake.charge(1000)
  return bytes
}

describe('what waits on a socket as a whole', () => {
  it('is full at a multiple of recvBuffer, and no more once something was received', () => {
    const intake = new Intake(1000)
    expect(fill(intake)).toBeGreaterThanOrEqual(8000)
    intake.release(1000)
    expect(intake.full).toBe(false)
  })

  it('lets pipes go on in the order in which they began to wait, as far as there is room', () => {
    const intake = new Intake(1000)
    fill(intake)
    const [first, second, third] = [new Reader(intake, 1000), new Reader(intake), new Reader(intake)]
    for (const reader of [first, second, third]) intake.await(reader)
    intake.release(1000)
    expect([first.proceeded, second.proceeded, third.proceeded]).toEqual([1, 0, 0])
    intake.release(1000)
    expect([first.proceeded, second.proceeded, third.proceeded]).toEqual([1, 1, 1])
  })

  it('forgets a pipe that is gone', () => {
    const intake = new Intake(1000)
    fill(intake)
    const reader = new Reader(intake)
    intake.await(reader)
    intake.forget(reader)
    intake.release(5000)
    expect(reader.proceeded).toBe(0)
  })
})

describe('a socket whose application does not read', () => {
  it('EP-29 stops reading further pipes when it is full, and loses nothing', async () => {
    const pull = track(new Pull({ recvBuffer: 10_000 }))
    const body = Buffer.alloc(1000)
    const pushes: Push[] = []
    for (let i = 0; i < 40; i++) {
      const push = track(new Push({ sendBuffer: 30_000 }))
      await marry(push, pull, 'tcp://127.0.0.1:0')
      pushes.push(push)
      for (let n = 0; n < 20; n++) await push.send(body)
    }
    const waiting = (): number => pull.stats().pipes.reduce((sum, { recvQueue }) => sum + recvQueue, 0)
    await eventually(() => waiting() >= 100)
    expect(waiting()).toBeLessThan(40 * 12)
    for (let n = 0; n < 40 * 20; n++) expect((await pull.recv({ timeout: 5000 })).length).toBe(1000)
    expect(pull.stats().drops).toEqual({})
  })

  it('EP-29 drops and counts what a connection that ends hands over beyond the bound', async () => {
    const pull = track(new Pull({ recvBuffer: 1000 }))
    const sinks: ConnectionSink[] = []
    registerTransport({
      schemes: ['handed-over'],
      check: () => {},
      listen: () => Promise.reject(new Error('dials only')),
      dial: async ({ url, protocol }): Promise<Connection> => ({
        info: { local: '', remote: url, peerProtocol: protocol.peer },
        resumeBelow: 0.5,
        pending: 0,
        start: (sink) => void sinks.push(sink),
        send: () => true,
        pause: () => {},
        resume: () => {},
        close: async () => {}
      })
    })
    const message = new Incoming()
    const sent = 50
    for (let i = 0; i < sent; i++) {
      await pull.connect('handed-over://x').whenConnected()
      for (let n = 0; n < 4; n++) sinks[i]?.message(message.set(Buffer.alloc(500), 0, 500))
      sinks[i]?.closed('closed-by-peer')
    }
    let kept = 0
    while (pull.tryRecv() !== undefined) kept++
    expect(kept).toBeLessThan(50)
    expect(kept + (pull.stats().drops.overflow ?? 0)).toBe(4 * sent)
  })
})
