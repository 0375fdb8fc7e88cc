/** Members of one local network, by multicast DNS: over a network inside the test, and over loopback where that carries multicast. */
import { EventEmitter } from 'node:events'
import { type Cluster, type LanOptions, lan, type MulticastDns } from 'hubless/cluster'
import { describe, expect, it } from 'vitest'
import { Beacons } from '../../../src/cluster/membership/beacon.ts'
import { member, nextOf, startMember } from '../../helpers/clusters.ts'
import { eventually } from '../../helpers/sockets.ts'

type Packet = {
  readonly answers?: readonly { readonly type: string; readonly name: string; readonly data?: unknown }[]
}

/** A network that hands every packet to everyone, the sender included, and keeps them. */
class Network {
  readonly #ends: Set<EventEmitter> = new Set()
  readonly packets: { readonly kind: 'query' | 'response'; readonly packet: Packet }[] = []
  works = true

  readonly library = (): MulticastDns => {
    const end = new EventEmitter()
    this.#ends.add(end)
    return Object.assign(end, {
      query: (packet: object) => this.send('query', packet),
      respond: (packet: object) => this.send('response', packet as Packet),
      destroy: (done?: () => void) => {
        this.#ends.delete(end)
        done?.()
      }
    }) as MulticastDns
  }

  send(kind: 'query' | 'response', packet: Packet): void {
    this.packets.push({ kind, packet })
    if (!this.works) return
    for (const end of this.#ends) setImmediate(() => end.emit(kind, packet, { address: '127.0.0.1' }))
  }
}

const key = 'a secret of the local network'

describe('lan', () => {
  it.each([undefined, key])('I-08 two members find each other within two seconds (key: %s)', async (secret) => {
    const { library } = new Network()
    const options: LanOptions = { library }
    const make = (): Cluster => member({ members: lan(options), key: secret })
    const [caller, service] = [make(), make()]
    const joined = nextOf(caller, 'join')
    const began = performance.now()
    await service.serve('work', { request: () => 'here' })
    expect((await joined).member).toMatchObject({ id: service.id, name: 'work' })
    expect(performance.now() - began).toBeLessThan(2000)
    expect(String(await caller.request('work', ''))).toBe('here')
    const late = make()
    expect(String(await late.request('work', ''))).toBe('here')
    const left = nextOf(caller, 'leave')
    await service.close()
    expect((await left).member.id).toBe(service.id)
  })

  it('I-08 says so in an event where multicast does not work', async () => {
    const network = new Network()
    network.works = false
    const caller = member({ members: lan({ library: network.library }) })
    expect((await nextOf(caller, 'warning')).message).toMatch(/multicast does not work here/)
    const broken = member({
      members: lan({
        library: () => {
          throw new Error('no interface')
        }
      })
    })
    expect(broken.stats().providers.lan).toMatchObject({ ready: true })
  })

  it('I-08 finds a process by real packets, where loopback carries multicast', async (context) => {
    const caller = member({ members: lan({ interface: '127.0.0.1' }) })
    const silent = nextOf(caller, 'warning', () => true, 2500).then(
      () => true,
      () => false
    )
    if (await silent) return context.skip('loopback carries no multicast here')
    const service = await startMember({ lan: true, names: ['lanwork'] })
    expect(String(await caller.request('lanwork', ''))).toBe(service.pid)
  }, 30_000)

  it('I-11 the packets of 100 members that ask at once grow with their number, not with its square', async () => {
    const network = new Network()
    const all = Array.from({ length: 100 }, () =>
      member({ members: lan({ library: network.library }), bind: 'tcp://127.0.0.1:0' })
    )
    await Promise.all(all.map((one) => one.serve('work', { broadcast: () => {} })))
    await Promise.all(all.map((one) => one.ready()))
    const asked = network.packets.filter(({ kind }) => kind === 'query').length
    const answered = network.packets.filter(({ kind }) => kind === 'response').length
    expect(asked).toBeLessThanOrEqual(300)
    expect(answered).toBeLessThanOrEqual(100 * 4)
  }, 30_000)

  it('I-39 a forged, replayed or stale announcement adds no member; 10,000 of them leave requests alone', async () => {
    const network = new Network()
    const make = (): Cluster => member({ members: lan({ library: network.library }), key })
    const [caller, service] = [make(), make()]
    await service.serve('work', { request: () => 'here' })
    await caller.request('work', '')
    const replayed = network.packets.filter(({ kind }) => kind === 'response').map(({ packet }) => packet)
    const forger = new Beacons('default', [Buffer.alloc(32, 1)])
    const plain = new Beacons('default', [])
    const forged = (beacons: Beacons, index: number): Packet => {
      const id = index.toString(16).padStart(32, '0')
      const data = beacons.write({ id, urls: ['tcp://127.0.0.1:1'], farewell: false })
      return { answers: [{ name: `${id}._hubless._tcp.local`, type: 'TXT', data }] }
    }
    for (let i = 0; i < 10_000; i++) network.send('response', forged(i % 2 === 0 ? forger : plain, i))
    for (const packet of replayed) network.send('response', packet)
    for (const data of [undefined, 7, [], ['x'], [Buffer.alloc(5000)]]) {
      network.send('response', { answers: [{ name: 'x._hubless._tcp.local', type: 'TXT', data }] })
    }
    const times: number[] = []
    for (let i = 0; i < 200; i++) {
      const began = performance.now()
      expect(String(await caller.request('work', ''))).toBe('here')
      times.push(performance.now() - began)
    }
    await eventually(() => (caller.stats().drops.announcement ?? 0) >= 10_000)
    expect(caller.members()).toHaveLength(1)
    expect(caller.stats().providers.lan).toMatchObject({ members: 1 })
    expect(Math.max(...times)).toBeLessThan(1000)
  })

  it('says which package is missing', () => {
    expect(() => lan({ library: 7 as never })).toThrow(/library/)
  })
})

describe('an announcement', () => {
  const id = 'a'.repeat(32)
  const beacon = { id, urls: ['tcp://*:7000'], farewell: false }
  const secret = Buffer.alloc(32, 7)

  it('I-39 is read by who has the key, also an older one, and holds nothing in clear', () => {
    const data = new Beacons('shop', [secret]).write(beacon)
    expect(new Beacons('shop', [Buffer.alloc(32, 1), secret]).read(data)).toEqual(beacon)
    expect(new Beacons('shop', [Buffer.alloc(32, 1)]).read(data)).toBe('forged')
    expect(Buffer.concat(data).includes('tcp')).toBe(false)
  })

  it('I-39 is refused when it is old, comes again, was changed, or is of another network', () => {
    const writer = new Beacons('shop', [secret])
    const reader = new Beacons('shop', [secret])
    const now = Date.now()
    const data = writer.write(beacon, now)
    expect(reader.read(data, now + 61_000)).toBe('stale')
    expect(reader.read(data, now)).toEqual(beacon)
    expect(reader.read(data, now)).toBe('replayed')
    const changed = Buffer.concat(writer.write(beacon, now))
    changed[20] = (changed[20] as number) ^ 1
    expect(reader.read(changed, now)).toBe('forged')
    expect(new Beacons('other', [secret]).read(writer.write(beacon, now), now)).toBe('foreign')
    expect(new Beacons('shop', []).read(Buffer.from('\u0000{"n":"shop"}'), now)).toBe('malformed')
    expect(new Beacons('shop', []).read(Buffer.from('\u0000{'), now)).toBe('malformed')
  })
})
