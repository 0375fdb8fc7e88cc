/** ROUTER towards peers that are gone, full, or come back under their name. */
import { Dealer, Router } from 'hubless/zmtp'
import { describe, expect, it } from 'vitest'
import { code, fill, turns } from '../helpers/messages.ts'
import { isPending, marry, nextEvent, track } from '../helpers/sockets.ts'

const any = 'zmtp+tcp://127.0.0.1:0'
const soon = { timeout: 5000 }
const large = 'x'.repeat(100_000)

/** A ROUTER and a DEALER called `dee` that reads only what the test reads, each with little room. */
async function married(): Promise<{ router: Router; dealer: Dealer; url: string }> {
  const router = new Router({ sendBuffer: 1000 })
  const dealer = new Dealer({ recvBuffer: 1000, recvMaxSize: 1e6, reconnectInterval: 5 })
  const { listener } = await marry(router, dealer, any, { connect: { zmtp: { identity: 'dee' } } })
  return { router, dealer, url: listener.url }
}

/** Sends until `dee` takes no more; resolves with how many were taken, and a `send` that waits. */
async function crowded(router: Router): Promise<{ accepted: number; waiting: Promise<void> }> {
  const sends = { send: (body: Uint8Array, options?: object) => router.send(['dee', body], options) }
  const accepted = await fill(sends, 100_000, 1000, 50)
  return { accepted, waiting: router.send(['dee', 'last']) }
}

describe('a ROUTER', () => {
  it('Z-71 wants a frame behind the name', async () => {
    const { router } = await married()
    await expect(router.send(['dee'])).rejects.toThrow(code('EINVAL'))
    await expect(router.send(['nobody', 'x'])).rejects.toThrow(code('EHOSTUNREACH'))
  })

  it('waits for a peer that is full, and sends once it has room', async () => {
    const { router, dealer } = await married()
    const { accepted, waiting } = await crowded(router)
    expect(router.trySend(['dee', large])).toBe(false)
    expect(await isPending(waiting)).toBe(true)
    let last = ''
    for (let i = 0; i <= accepted && last !== 'last'; i++) last = String((await dealer.recv(soon))[0])
    await waiting
    expect(last).toBe('last')
  })

  it('waits for each peer by itself, and lets go one message for the room of one', async () => {
    const { router, dealer, url } = await married()
    const other = track(new Dealer({ recvBuffer: 1000, recvMaxSize: 1e6 }))
    await other.connect(url, { zmtp: { identity: 'dum' } }).whenConnected(soon)
    const { accepted, waiting } = await crowded(router)
    for (let full = 0; full < 5; await turns(3)) full = router.trySend(['dum', large]) ? 0 : full + 1
    const elsewhere = router.send(['dum', 'elsewhere'])
    const second = [router.send(['dee', large]), router.send(['dee', large])]
    for (let i = 0; i <= accepted; i++) await dealer.recv(soon)
    await waiting
    // Each is written alone: while one is on its way the pipe is full.
    for (const one of second) {
      expect(String((await dealer.recv(soon))[0])).toBe(large)
      await one
    }
    expect(await isPending(elsewhere)).toBe(true)
    const refused = expect(elsewhere).rejects.toThrow(code('EHOSTUNREACH'))
    await other.close({ linger: 0 })
    await refused
  })

  it('rejects what waits for a peer that goes, and what waits when it closes itself', async () => {
    for (const who of ['dealer', 'router'] as const) {
      const pair = await married()
      const { waiting } = await crowded(pair.router)
      const refused = expect(waiting).rejects.toThrow(code(who === 'dealer' ? 'EHOSTUNREACH' : 'EBADF'))
      await pair[who].close({ linger: 0 })
      await refused
    }
  })

  it('Z-71 gives the name to who comes with it last', async () => {
    const { router, url } = await married()
    const again = track(new Dealer())
    const left = nextEvent(router, 'detach')
    again.connect(url, { zmtp: { identity: 'dee' } })
    await left
    await router.send(['dee', 'to the second'])
    expect(String((await again.recv(soon))[0])).toBe('to the second')
  })
})
