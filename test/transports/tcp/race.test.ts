/** All addresses of a name in one attempt, each judged by its handshake, over every transport that has host names. */
import { createServer, type Server, Socket } from 'node:net'
import { Pair, Pull, Push, Refusal } from 'hubless'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Connection } from '../../../src/core/transport.ts'
import { firstOf } from '../../../src/transports/tcp/race.ts'
import { localTls } from '../../helpers/certificates.ts'
import { resolveNames } from '../../helpers/names.ts'
import { eventually, nextEvent, recordEvents, track } from '../../helpers/sockets.ts'

/** On Linux all of 127/8 is local. */
const manyLoopbacks = process.platform === 'linux'
const never = { reconnectInterval: 60_000, reconnectIntervalMax: 60_000 }
const servers = new Set<Server>()

afterEach(() => {
  vi.restoreAllMocks()
  for (const server of servers) server.close()
  servers.clear()
})

function listen(port: number, host: string, onStream: (stream: Socket) => void): Promise<void> {
  const server = createServer((stream) => {
    stream.on('error', () => {})
    onStream(stream)
  })
  servers.add(server)
  return new Promise((resolve) => server.listen(port, host, resolve))
}

describe.skipIf(!manyLoopbacks).each(['tcp', 'ws', 'tls+tcp', 'wss'])('a name with two addresses over %s', (scheme) => {
  const secure = scheme === 'tls+tcp' || scheme === 'wss'
  const prepare = async () => {
    const pull = track(new Pull(secure ? localTls().bind : {}))
    const { url } = await pull.bind(`${scheme}://127.0.0.2:0`, { ws: { hosts: ['two.test'] } })
    resolveNames(() => ['127.0.0.1', '127.0.0.2'])
    const push = track(
      new Push({ ...never, ...(secure && { tls: { ...localTls().connect.tls, servername: 'localhost' } }) })
    )
    return { pull, push, port: Number(url.split(':').at(-1)), retries: recordEvents(push, 'retry') }
  }

  it.each([
    ['accepts and hangs up', (stream: Socket) => void stream.destroy()],
    ['accepts and says nothing', () => {}],
    ['says what is no hello', (stream: Socket) => void stream.end('220 smtp\r\n')]
  ])('TCP-08 leads to the second in the same attempt when the first %s', async (_what, onStream) => {
    const { push, port, retries } = await prepare()
    await listen(port, '127.0.0.1', onStream)
    const pipe = await push.connect(`${scheme}://two.test:${port}`).whenConnected({ timeout: 5000 })
    expect(pipe.address).toContain('127.0.0.2')
    expect(retries).toEqual([])
  })

  it('TCP-08 comes from the local address it is given, to both', async () => {
    const { pull, push, port, retries } = await prepare()
    await listen(port, '127.0.0.1', (stream) => void stream.destroy())
    const attached = nextEvent(pull, 'attach')
    await push.connect(`${scheme}://127.0.0.9;two.test:${port}`).whenConnected({ timeout: 5000 })
    expect((await attached).pipe.address).toContain('127.0.0.9')
    expect(retries).toEqual([])
  })
})

describe.each(['tcp', 'ws'])('a connection that leads to itself over %s', (scheme) => {
  it('TCP-13 is a failed attempt', async () => {
    const connect = Socket.prototype.connect
    // What TCP does by itself when a port of the ephemeral range is dialed for long enough.
    vi.spyOn(Socket.prototype, 'connect').mockImplementation(function (this: Socket, ...args: unknown[]) {
      const [[options]] = args as [[{ port: number; localPort?: number; localAddress?: string }]]
      options.localPort = options.port
      options.localAddress = '127.0.0.1'
      return Reflect.apply(connect, this, args)
    })
    const free = createServer()
    await new Promise<void>((resolve) => free.listen(0, '127.0.0.1', resolve))
    const { port } = free.address() as { port: number }
    await new Promise((resolve) => free.close(resolve))
    const pair = track(new Pair(never))
    const attached = recordEvents(pair, 'attach')
    const retried = nextEvent(pair, 'retry')
    pair.connect(`${scheme}://127.0.0.1:${port}`)
    expect((await retried).cause.code).toBe('ECONNREFUSED')
    expect(attached).toEqual([])
  })
})

describe('several attempts', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => {
    expect(vi.getTimerCount()).toBe(0)
    vi.useRealTimers()
  })

  interface Running {
    readonly address: string
    readonly signal: AbortSignal
    win(): Connection
    lose(error: unknown): void
  }

  function race(addresses: readonly string[], signal = new AbortController().signal) {
    const running: Running[] = []
    const result = firstOf(addresses, signal, (address, own) => {
      return new Promise((resolve, reject) => {
        const connection = { close: vi.fn(async () => {}) } as unknown as Connection
        const win = (): Connection => {
          resolve(connection)
          return connection
        }
        running.push({ address, signal: own, win, lose: reject })
      })
    })
    result.catch(() => {})
    return { running, result }
  }

  const at = (running: Running[], i: number): Running => running[i] as Running
  const begun = (running: Running[]): string[] => running.map(({ address }) => address)

  it('begin one after another, every 250 ms, and the earlier ones go on', async () => {
    const { running, result } = race(['a', 'b', 'c'])
    expect(begun(running)).toEqual(['a'])
    await vi.advanceTimersByTimeAsync(249)
    expect(begun(running)).toEqual(['a'])
    await vi.advanceTimersByTimeAsync(1)
    expect(begun(running)).toEqual(['a', 'b'])
    const winner = at(running, 0).win()
    expect(await result).toBe(winner)
    expect(at(running, 1).signal.aborted).toBe(true)
    await vi.advanceTimersByTimeAsync(1000)
    expect(begun(running)).toEqual(['a', 'b'])
  })

  it('begin at once when one failed', async () => {
    const { running, result } = race(['a', 'b'])
    at(running, 0).lose(new Error('no'))
    await vi.advanceTimersByTimeAsync(0)
    expect(begun(running)).toEqual(['a', 'b'])
    at(running, 1).win()
    await result
  })

  it('close a connection that comes too late', async () => {
    const { running, result } = race(['a', 'b'])
    await vi.advanceTimersByTimeAsync(250)
    at(running, 1).win()
    await result
    const late = at(running, 0).win()
    await vi.advanceTimersByTimeAsync(0)
    expect(late.close).toHaveBeenCalledExactlyOnceWith(0)
  })

  it('fail together, with a refusal if one was refused, else with the first error', async () => {
    for (const [errors, expected] of [
      [[new Error('first'), new Refusal('closed', 'refused', ''), new Error('last')], 'refused'],
      [[new Error('first'), new Error('second'), new Error('last')], 'first']
    ] as const) {
      const { running, result } = race(['a', 'b', 'c'])
      for (const [i, error] of errors.entries()) {
        at(running, i).lose(error)
        await vi.advanceTimersByTimeAsync(0)
      }
      await expect(result).rejects.toThrow(expected)
    }
  })

  it('end at once when the attempt is given up', async () => {
    const controller = new AbortController()
    const { running, result } = race(['a', 'b', 'c'], controller.signal)
    await vi.advanceTimersByTimeAsync(250)
    controller.abort(new Error('given up'))
    await expect(result).rejects.toThrow('given up')
    expect(running.every(({ signal }) => signal.aborted)).toBe(true)
    expect(running).toHaveLength(2)
  })
})

it('EP-26 a name that is never resolved does not keep an attempt, nor closing', async () => {
  resolveNames(() => [])
  const dns = await import('node:dns')
  vi.spyOn(dns.default, 'lookup').mockImplementation((() => {}) as never)
  for (const scheme of ['tcp', 'ws', 'tls+tcp', 'wss']) {
    const push = track(new Push({ handshakeTimeout: 30, ...never }))
    const refused = nextEvent(push, 'reject')
    push.connect(`${scheme}://silent.test:1`)
    expect((await refused).reason, scheme).toBe('handshake-timeout')
    const patient = track(new Push({ handshakeTimeout: 60_000 }))
    const dialer = patient.connect(`${scheme}://silent.test:1`)
    await dialer.close()
    await eventually(() => dialer.state === 'closed')
  }
})
