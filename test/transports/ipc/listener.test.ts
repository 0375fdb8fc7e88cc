/** Listening on a UNIX socket: whose file is replaced, whose is not, and what is left of it. */
import { spawnSync } from 'node:child_process'
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import { relative } from 'node:path'
import { Pair, Pull, Push } from 'hubless'
import { describe, expect, it } from 'vitest'
import { connectBytes, hex } from '../../helpers/bytes.ts'
import { code } from '../../helpers/messages.ts'
import { marry, nextEvent, recordEvents, tempPath, track } from '../../helpers/sockets.ts'

/** Leaves the file of a listener that was killed. */
function leaveStale(path: string): void {
  const script = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`
  spawnSync(process.execPath, ['-e', script])
  expect(lstatSync(path).isSocket()).toBe(true)
}

/** Linux has them, and libuv says how long they are from 1.48 on. */
const hasAbstractNames = process.platform === 'linux' && Number(process.versions.uv.split('.')[1]) >= 48

const modeOf = (path: string): number => statSync(path).mode & 0o777

describe('IPC listener', () => {
  it('IPC-01 exchanges exactly hello, type byte, length and body', async () => {
    const pair = track(new Pair())
    const { url } = await pair.bind(`ipc://${tempPath()}`)
    const peer = await connectBytes(url)
    expect(await peer.greet(0x10)).toEqual(hex('00 53 50 00 00 10 00 00'))
    await pair.send('ABC')
    expect(await peer.read(12)).toEqual(hex('01 00 00 00 00 00 00 00 03 41 42 43'))
    peer.send('01 00 00 00 00 00 00 00 03 41 42 43')
    expect(String(await pair.recv({ timeout: 5000 }))).toBe('ABC')
    await pair.close()
    expect(await peer.closed).toHaveLength(0)
  })

  it.each([0, 2, 0x7f, 0xff])('IPC-02 (crash list 2) ends a pipe for type byte %i, with a reason', async (type) => {
    const pull = track(new Pull())
    const { url } = await pull.bind(`ipc://${tempPath()}`)
    const peer = await connectBytes(url)
    await peer.greet(0x50)
    const detached = nextEvent(pull, 'detach')
    peer.send(Buffer.concat([hex('01 00 00 00 00 00 00 00 01 41'), Buffer.of(type), hex('00 00 00 00 00 00 00 01 42')]))
    expect((await detached).reason).toBe('malformed')
    await peer.closed
    expect(String(await pull.recv({ timeout: 5000 }))).toBe('A')
    expect(pull.tryRecv()).toBeUndefined()
    expect(pull.stats()).toMatchObject({ brokenConnections: 1, currentConnections: 0 })
    const good = track(new Push())
    good.connect(url)
    await good.send('C')
    expect(String(await pull.recv({ timeout: 5000 }))).toBe('C')
  })

  it('IPC-03 EP-14 rejects a path that is listened on, and the first listener goes on working', async () => {
    const [first, second] = track(new Pull(), new Pull())
    const push = track(new Push())
    const { url } = await first.bind(`ipc://${tempPath()}`)
    const attached = first.waitForPeers(1, { timeout: 5000 })
    push.connect(url)
    await attached
    for (const socket of [second, first]) {
      await expect(socket.bind(url)).rejects.toMatchObject({ code: 'EADDRINUSE', endpoint: url })
    }
    await push.send('old peer')
    expect(String(await first.recv({ timeout: 5000 }))).toBe('old peer')
    const late = track(new Push())
    late.connect(url)
    await late.send('new peer')
    expect(String(await first.recv({ timeout: 5000 }))).toBe('new peer')
  })

  it('IPC-04 replaces the file that a killed process left', async () => {
    const path = tempPath()
    leaveStale(path)
    await marry(new Pair(), new Pair(), `ipc://${path}`)
  })

  it('IPC-04 lets one of several replace it when they come at the same time', async () => {
    for (let round = 0; round < 5; round++) {
      const path = tempPath()
      leaveStale(path)
      const pulls = track(new Pull(), new Pull(), new Pull())
      const bindings = await Promise.allSettled(pulls.map((pull) => pull.bind(`ipc://${path}`)))
      const bound = pulls.filter((_, i) => bindings[i]?.status === 'fulfilled')
      expect(bound).toHaveLength(1)
      for (const binding of bindings) {
        if (binding.status === 'rejected') expect(binding.reason).toEqual(code('EADDRINUSE'))
      }
      const push = track(new Push())
      push.connect(`ipc://${path}`)
      await push.send('heard')
      expect(String(await bound[0]?.recv({ timeout: 5000 }))).toBe('heard')
    }
  })

  it('IPC-05 (crash list 19) leaves an ordinary file as it is', async () => {
    const path = tempPath()
    writeFileSync(path, 'precious')
    await expect(track(new Pair()).bind(`ipc://${path}`)).rejects.toThrow(code('EADDRINUSE'))
    expect(readFileSync(path, 'utf8')).toBe('precious')
  })

  it('IPC-05 leaves a directory as it is', async () => {
    const path = tempPath()
    mkdirSync(path)
    await expect(track(new Pair()).bind(`ipc://${path}`)).rejects.toThrow(code('EADDRINUSE'))
    expect(statSync(path).isDirectory()).toBe(true)
  })

  it('IPC-05 leaves a link as it is, whatever it leads to', async () => {
    const [file, stale, path] = [tempPath(), tempPath(), tempPath()]
    writeFileSync(file, 'precious')
    leaveStale(stale)
    for (const [i, target] of [file, stale, tempPath(), tempPath('')].entries()) {
      const link = `${path}${i}`
      symlinkSync(target, link)
      await expect(track(new Pair()).bind(`ipc://${link}`)).rejects.toThrow(code('EADDRINUSE'))
      expect(readlinkSync(link)).toBe(target)
    }
    expect(readFileSync(file, 'utf8')).toBe('precious')
    expect(lstatSync(stale).isSocket()).toBe(true)
  })

  it('IPC-06 rejects a path whose directory does not exist, and leaves nothing behind', async () => {
    const pair = track(new Pair())
    await expect(pair.bind(`ipc://${tempPath('')}/a.sock`)).rejects.toThrow(code('ENOENT'))
    expect(pair.stats()).toMatchObject({ bindErrors: 1, endpoints: [] })
  })

  it('IPC-07 EP-13 removes its file when it closes, with peers or without, and the path is free', async () => {
    const path = tempPath()
    const pair = track(new Pair())
    const listener = await pair.bind(`ipc://${path}`)
    await track(new Pair()).connect(listener.url).whenConnected({ timeout: 5000 })
    await listener.close()
    expect(existsSync(path)).toBe(false)
    await pair.bind(`ipc://${path}`)
    await pair.close()
    expect(existsSync(path)).toBe(false)
  })

  it.each([0, 0o600, 0o660, 0o666, 0o777])('IPC-09 gives the file mode %o from the first moment', async (mode) => {
    const path = tempPath()
    const before = process.umask()
    const binding = track(new Pair()).bind(`ipc://${path}`, { ipc: { mode } })
    // The file is there before anything else can happen.
    expect(modeOf(path)).toBe(mode)
    expect(process.umask()).toBe(before)
    await binding
    expect(modeOf(path)).toBe(mode)
  })

  it('IPC-09 gives the mode to a file that replaces a stale one', async () => {
    const path = tempPath()
    leaveStale(path)
    await track(new Pair({ ipc: { mode: 0o640 } })).bind(`ipc://${path}`)
    expect(modeOf(path)).toBe(0o640)
  })

  it('IPC-09 follows the umask by default', async () => {
    const before = process.umask(0o027)
    try {
      for (const options of [undefined, {}, { ipc: {} }, { ipc: { mode: undefined } }]) {
        const path = tempPath()
        await track(new Pair()).bind(`ipc://${path}`, options)
        expect(modeOf(path)).toBe(0o750)
      }
    } finally {
      process.umask(before)
    }
  })

  it.each([-1, 0o1000, 0o4755, 0o600 + 0.5, '0600', Number.NaN])('IPC-09 refuses mode %o', async (mode) => {
    const pair = track(new Pair())
    const options = { ipc: { mode } } as { ipc: { mode: number } }
    await expect(pair.bind(`ipc://${tempPath()}`, options)).rejects.toThrow(code('EINVAL'))
    expect(() => new Pair(options)).toThrow(code('EINVAL'))
  })

  it('IPC-10 resolves relative paths against the working directory', async () => {
    const path = tempPath()
    await marry(new Pair(), new Pair(), `ipc://${relative(process.cwd(), path)}`)
    expect(lstatSync(path).isSocket()).toBe(true)
  })

  it.skipIf(!hasAbstractNames)('leaves no file for an abstract name, which frees itself', async () => {
    const url = `ipc://@hubless-test-${process.pid}`
    const { listener } = await marry(new Pair(), new Pair(), url)
    await expect(track(new Pair()).bind(url)).rejects.toThrow(code('EADDRINUSE'))
    await listener.close()
    await marry(new Pair(), new Pair(), url)
    expect(existsSync(url.slice(6))).toBe(false)
  })

  it.skipIf(hasAbstractNames)('refuses an abstract name with ENOTSUP where others would not find it', async () => {
    const pair = track(new Pair())
    const expected = code(process.platform === 'linux' ? 'ENOTSUP' : 'EINVAL')
    await expect(pair.bind('ipc://@name')).rejects.toThrow(expected)
    expect(() => pair.connect('ipc://@name')).toThrow(expected)
  })

  it('refuses a mode for an abstract name with EINVAL, since everybody may connect to it', async () => {
    await expect(track(new Pair({ ipc: { mode: 0o600 } })).bind('ipc://@name')).rejects.toThrow(code('EINVAL'))
  })

  it('survives clients that vanish before and during their handshake', async () => {
    const pair = track(new Pair())
    const rejected = recordEvents(pair, 'reject')
    const { url } = await pair.bind(`ipc://${tempPath()}`)
    for (const sent of ['', '00', '00 53 50 00 00 10 00']) {
      const refused = nextEvent(pair, 'reject')
      const peer = await connectBytes(url)
      if (sent !== '') peer.send(sent)
      peer.end()
      await refused
    }
    expect(rejected.map(({ reason }) => reason)).toEqual(['closed', 'malformed-hello', 'malformed-hello'])
    await track(new Pair()).connect(url).whenConnected({ timeout: 5000 })
  })
})
