/** File systems that know no links, or fail otherwise when a socket is to get its name; their answers are made up. */
import type fs from 'node:fs'
import { existsSync, readdirSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { Pair } from 'hubless'
import { afterEach, expect, it, vi } from 'vitest'
import { code } from '../../helpers/messages.ts'
import { marry, tempPath, track } from '../../helpers/sockets.ts'

const answers: { link?: (from: string, to: string) => void; make?: () => string } = {}

vi.mock('node:fs', async (original) => {
  const real = await original<typeof fs>()
  const linkSync = (from: string, to: string): void => (answers.link ?? real.linkSync)(from, to)
  const mkdtempSync = (prefix: string): string => (answers.make ?? (() => real.mkdtempSync(prefix)))()
  return { ...real, linkSync, mkdtempSync, default: { ...real, linkSync, mkdtempSync } }
})

afterEach(() => {
  answers.link = undefined as never
  answers.make = undefined as never
})

const failing = (failure: string) => (): never => {
  throw Object.assign(new Error(failure), { code: failure })
}

it.each(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'])(
  'without links (%s) a listener has its file all the same',
  async (failure) => {
    const path = tempPath()
    answers.link = failing(failure)
    const { listener } = await marry(new Pair(), new Pair(), `ipc://${path}`)
    await listener.close()
    expect(existsSync(path)).toBe(false)
    expect(readdirSync(dirname(path)).filter((name) => name.startsWith('.sp-'))).toEqual([])
  }
)

it('without links a file that is in the way stays', async () => {
  const path = tempPath()
  answers.link = failing('EPERM')
  await track(new Pair()).bind(`ipc://${path}`)
  await expect(track(new Pair()).bind(`ipc://${path}`)).rejects.toThrow(code('EADDRINUSE'))
})

it('another failure is told, and nothing stays behind', async () => {
  const path = tempPath()
  answers.link = failing('EACCES')
  await expect(track(new Pair()).bind(`ipc://${path}`)).rejects.toThrow(code('EACCES'))
  expect(readdirSync(dirname(path)).filter((name) => name.startsWith('.sp-'))).toEqual([])
})

it('others that take the path each time end it as EADDRINUSE', async () => {
  const path = tempPath()
  // Whoever binds at the same moment is faster, and gone again when we look.
  answers.link = () => {}
  await expect(track(new Pair()).bind(`ipc://${path}`)).rejects.toMatchObject({
    code: 'EADDRINUSE',
    message: expect.stringContaining('others bind it at the same time')
  })
})

it('a directory that takes no files is EACCES, however the system says it', async () => {
  answers.make = failing('ENOENT')
  await expect(track(new Pair()).bind(`ipc://${tempPath()}`)).rejects.toThrow(code('EACCES'))
  const missing = join(dirname(tempPath()), 'missing', basename(tempPath()))
  await expect(track(new Pair()).bind(`ipc://${missing}`)).rejects.toThrow(code('ENOENT'))
})
