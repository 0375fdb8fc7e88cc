/** Machines without IPv6, and ports that are taken in one family alone; the system's answers are made up. */
import { type ListenOptions, Server } from 'node:net'
import { Pair } from 'hubless'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { code } from '../../helpers/messages.ts'
import { track } from '../../helpers/sockets.ts'

afterEach(() => void vi.restoreAllMocks())

/** Listening fails with what `answer` says of a host and the number of times that it was tried. Returns the hosts. */
function listening(answer: (host: string, times: number) => string | undefined): string[] {
  const tried: string[] = []
  const { listen } = Server.prototype
  vi.spyOn(Server.prototype, 'listen').mockImplementation(function (this: Server, ...args: unknown[]) {
    const { host = '' } = args[0] as ListenOptions
    tried.push(host)
    const failure = answer(host, tried.filter((one) => one === host).length)
    if (failure === undefined) return Reflect.apply(listen, this, args)
    const error = Object.assign(new Error(`listen ${failure}`), { code: failure })
    process.nextTick(() => this.emit('error', error))
    return this
  })
  return tried
}

describe('without IPv6', () => {
  it.each(['EAFNOSUPPORT', 'EADDRNOTAVAIL'])('TCP-03 * is all IPv4 addresses (%s)', async (failure) => {
    const tried = listening((host) => (host === '::' ? failure : undefined))
    await track(new Pair()).bind('tcp://*:0')
    expect(tried).toEqual(['::', '0.0.0.0'])
  })

  it.each(['EAFNOSUPPORT', 'EADDRNOTAVAIL'])('localhost is 127.0.0.1 alone (%s)', async (failure) => {
    listening((host) => (host === '::1' ? failure : undefined))
    const pair = track(new Pair())
    const { url } = await pair.bind('tcp://localhost:0')
    await track(new Pair()).connect(url.replace('localhost', '127.0.0.1')).whenConnected({ timeout: 5000 })
  })

  it('another failure of * is what it is', async () => {
    listening((host) => (host === '::' ? 'EACCES' : undefined))
    await expect(track(new Pair()).bind('tcp://*:0')).rejects.toThrow(code('EACCES'))
  })
})

describe('a port of localhost that is taken in one family', () => {
  it('is another one where the system picks', async () => {
    const tried = listening((host, times) => (host === '::1' && times < 3 ? 'EADDRINUSE' : undefined))
    await track(new Pair()).bind('tcp://localhost:0')
    expect(tried).toEqual(['127.0.0.1', '::1', '127.0.0.1', '::1', '127.0.0.1', '::1'])
  })

  it('is EADDRINUSE in the end, and at once where it was named', async () => {
    const tried = listening((host) => (host === '::1' ? 'EADDRINUSE' : undefined))
    await expect(track(new Pair()).bind('tcp://localhost:0')).rejects.toThrow(code('EADDRINUSE'))
    expect(tried.length).toBe(12)
    const pair = track(new Pair())
    const { url } = await pair.bind('tcp://127.0.0.1:0')
    await pair.close()
    tried.length = 0
    await expect(track(new Pair()).bind(url.replace('127.0.0.1', 'localhost'))).rejects.toThrow(code('EADDRINUSE'))
    expect(tried).toEqual(['127.0.0.1', '::1'])
  })
})
