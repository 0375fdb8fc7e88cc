/** IPC addresses: a path that fits, or an abstract name on Linux. */
import { Pair } from 'hubless'
import { describe, expect, it } from 'vitest'
import { checkIpc, parseIpcAddress, reachable } from '../../../src/transports/ipc/address.ts'
import { code } from '../../helpers/messages.ts'
import { tempPath, track } from '../../helpers/sockets.ts'

const longest = process.platform === 'darwin' ? 103 : 107

/** A path of so many bytes in the directory of this file's sockets. */
function pathOf(bytes: number, character = 'x'): string {
  const start = tempPath('')
  return start + character.repeat((bytes - start.length) / Buffer.byteLength(character))
}

describe('IPC addresses', () => {
  it('are paths, absolute or relative', () => {
    for (const path of ['/run/a.sock', 'a.sock', './a.sock', '../a.sock', '/with space/ü.sock', 'a:1']) {
      expect(parseIpcAddress(path)).toBe(path)
    }
  })

  it('IPC-10 are not empty and have no NUL', () => {
    for (const path of ['', 'a\0b']) expect(() => parseIpcAddress(path)).toThrow(code('EINVAL'))
  })

  it('IPC-08 (crash list 10) are limited in bytes, and the error states the limit, in bind and connect', async () => {
    const pair = track(new Pair())
    for (const tooLong of [pathOf(longest + 1), pathOf(longest + 1).slice(0, -2) + 'ü'.repeat(1), pathOf(5000)]) {
      const url = `ipc://${tooLong}`
      const says = new RegExp(`EINVAL.*${Buffer.byteLength(tooLong)} bytes.*${longest}`)
      await expect(pair.bind(url)).rejects.toThrow(says)
      expect(() => pair.connect(url)).toThrow(says)
    }
    expect(pair.stats().endpoints).toEqual([])
  })

  it('IPC-08 may be as long as the system allows', async () => {
    const url = `ipc://${pathOf(longest)}`
    const [a, b] = track(new Pair(), new Pair())
    await a.bind(url)
    await b.connect(url).whenConnected({ timeout: 5000 })
  })

  it.skipIf(process.platform !== 'linux')('are abstract names after @ on Linux', async () => {
    expect(parseIpcAddress('@name')).toBe('\0name')
    expect(parseIpcAddress('./@name')).toBe('./@name')
    expect(() => parseIpcAddress('@')).toThrow(code('EINVAL'))
    expect(() => parseIpcAddress(`@${'x'.repeat(longest)}`)).toThrow(code('EINVAL'))
  })

  it('are names of pipes on Windows, as nanomsg and nng have them', () => {
    const onWindows = (address: string): string => parseIpcAddress(address, 'ipc', 'win32')
    expect(onWindows('jobs')).toBe('\\\\.\\pipe\\jobs')
    expect(onWindows('/tmp/jobs.sock')).toBe('\\\\.\\pipe\\/tmp/jobs.sock')
    expect(onWindows('@jobs')).toBe('\\\\.\\pipe\\@jobs')
    expect(onWindows('x'.repeat(200))).toHaveLength(209)
    for (const whole of ['\\\\.\\pipe\\jobs', '\\\\?\\pipe\\jobs', '//./pipe/jobs'])
      expect(onWindows(whole)).toBe(whole)
    for (const nothing of ['', 'a\0b']) expect(() => onWindows(nothing)).toThrow(code('EINVAL'))
  })

  it('have no mode on Windows, and that is said', () => {
    const asked = { options: { ...new Pair().options, ipc: { mode: 0o600 } }, protocol: new Pair().identity }
    expect(() => checkIpc('jobs', 'bind', asked, 'ipc', 'win32')).toThrow(/ENOTSUP|pipes of Windows have no mode/)
    expect(() => checkIpc('jobs', 'connect', asked, 'ipc', 'win32')).not.toThrow()
  })

  it('are no abstract names elsewhere', () => {
    expect(() => parseIpcAddress('@name', 'ipc', 'darwin')).toThrow(code('EINVAL'))
    expect(parseIpcAddress('./@name', 'ipc', 'darwin')).toBe('./@name')
  })

  it('IPC-08 are reached from where the process is when they are too deep to be said, and not when that is, too', () => {
    const deep = `${process.cwd()}/${'x'.repeat(longest)}`
    expect(reachable('/a/b')).toBe('/a/b')
    expect(reachable(deep)).toBe('x'.repeat(longest))
    expect(() => reachable(`${deep}x`)).toThrow(code('EINVAL'))
  })
})
