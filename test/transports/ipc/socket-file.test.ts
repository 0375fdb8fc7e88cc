/** The file of a listening UNIX socket: its mode from the first moment, whose it is, and where it lies. */
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  unlinkSync,
  writeFileSync
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { Pair, Pull, Push, Rep, Req } from 'hubless'
import { describe, expect, it, vi } from 'vitest'
import { runChild } from '../../helpers/child.ts'
import { code } from '../../helpers/messages.ts'
import { marry, nextEvent, tempPath, track } from '../../helpers/sockets.ts'

const modeOf = (path: string): number => statSync(path).mode & 0o777
const isRoot = process.getuid?.() === 0

function folder(name = ''): string {
  const path = tempPath(name)
  mkdirSync(path)
  return path
}

describe('the file of a listener', () => {
  it.each(['another listener', 'an ordinary file'])(
    'IPC-12 stays when it is that of %s by the time it closes',
    async (whose) => {
      const path = tempPath()
      const [before, after] = track(new Rep(), new Rep())
      await before.bind(`ipc://${path}`)
      unlinkSync(path)
      if (whose === 'an ordinary file') writeFileSync(path, 'precious')
      else {
        await after.bind(`ipc://${path}`)
        void after.serve(() => 'new')
      }
      await before.close()
      if (whose === 'an ordinary file') {
        expect(readFileSync(path, 'utf8')).toBe('precious')
        return
      }
      const req = track(new Req())
      req.connect(`ipc://${path}`)
      expect(String(await req.request('x', { timeout: 3000 }))).toBe('new')
    }
  )

  it('IPC-12 stays where somebody moved it, and closing throws nothing', async () => {
    const path = tempPath()
    const pair = track(new Pair())
    await pair.bind(`ipc://${path}`)
    renameSync(path, `${path}.old`)
    await pair.close()
    expect(existsSync(`${path}.old`)).toBe(true)
  })

  it('IPC-12 is the only one that binding leaves in its directory', async () => {
    const place = folder()
    const pair = track(new Pair())
    await pair.bind(`ipc://${join(place, 'a')}`, { ipc: { mode: 0o600 } })
    expect(readdirSync(place)).toEqual(['a'])
    await expect(track(new Pair()).bind(`ipc://${join(place, 'a')}`)).rejects.toThrow(code('EADDRINUSE'))
    expect(readdirSync(place)).toEqual(['a'])
    await pair.close()
    expect(readdirSync(place)).toEqual([])
  })

  it('IPC-09 gets its mode without the umask of the process being touched', async () => {
    const umask = vi.spyOn(process, 'umask')
    await track(new Pair()).bind(`ipc://${tempPath()}`, { ipc: { mode: 0o666 } })
    expect(umask).not.toHaveBeenCalled()
    umask.mockRestore()
  })

  it('IPC-10 a relative path counts from where the process was, for dialers, listeners and closing', async () => {
    const [here, there] = [folder(), folder()]
    const before = process.cwd()
    const [rep, req] = track(new Rep(), new Req({ reconnectInterval: 5 }))
    void rep.serve(() => 'ok')
    try {
      process.chdir(here)
      const { url } = await rep.bind('ipc://service')
      expect(url).toBe(`ipc://${join(process.cwd(), 'service')}`)
      await req.connect('ipc://service').whenConnected({ timeout: 3000 })
      await rep.waitForPeers(1)
      process.chdir(there)
      writeFileSync('service', 'precious')
      const back = nextEvent(req, 'attach')
      await Promise.all(rep.peers.map((peer) => peer.close(0)))
      await back
      expect(String(await req.request('x', { timeout: 3000 }))).toBe('ok')
      await rep.close()
      expect(readFileSync(join(there, 'service'), 'utf8')).toBe('precious')
      expect(readdirSync(here)).toEqual([])
    } finally {
      process.chdir(before)
    }
  })

  it.skipIf(process.platform !== 'linux')(
    'IPC-08 may lie in a directory whose path leaves room for little else',
    async () => {
      const base = tempPath('')
      const place = base + 'x'.repeat(Math.max(0, 104 - base.length))
      mkdirSync(place)
      const path = join(place, 'ab')
      expect(Buffer.byteLength(path)).toBe(107)
      await marry(new Pair(), new Pair(), `ipc://${path}`)
      expect(basename(dirname(path))).toBe(basename(place))
    }
  )

  it('IPC-08 binds and connects by a short relative path in a deep directory', async () => {
    const deep = join(folder(), 'd'.repeat(120))
    mkdirSync(deep)
    const before = process.cwd()
    process.chdir(deep)
    try {
      await marry(new Pull(), new Push(), 'ipc://short')
    } finally {
      process.chdir(before)
    }
  })

  it.skipIf(isRoot)('EACCES for a directory that may not be written', async () => {
    const place = folder()
    chmodSync(place, 0o500)
    await expect(track(new Pair()).bind(`ipc://${join(place, 'a')}`)).rejects.toThrow(code('EACCES'))
  })
})

describe('other threads and processes', { timeout: 60_000 }, () => {
  it('IPC-09 the mode holds from the first moment in a worker thread, whatever the umask is', async () => {
    const { code: exit, lines } = await runChild(new URL('./children/thread.ts', import.meta.url), { args: [folder()] })
    expect(lines).toEqual(['600'])
    expect(exit).toBe(0)
  })

  it('IPC-09 the mode holds in a worker of node:cluster; a path belongs to one worker', async () => {
    const { code: exit, lines } = await runChild(new URL('./children/cluster.ts', import.meta.url), {
      args: [tempPath()]
    })
    expect(lines).toEqual(['600', 'EADDRINUSE'])
    expect(exit).toBe(0)
  })

  it('IPC-12 a killed process leaves a file that the next one replaces', async () => {
    const path = tempPath()
    const script = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`
    spawnSync(process.execPath, ['-e', script])
    await track(new Pair()).bind(`ipc://${path}`, { ipc: { mode: 0o640 } })
    expect(modeOf(path)).toBe(0o640)
  })
})
