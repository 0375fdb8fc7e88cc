/** `local()`: the directory where the members of a user meet is that user's alone. */
import { chmodSync, chownSync, mkdirSync, statSync, symlinkSync } from 'node:fs'
import { local } from 'hubless/cluster'
import { describe, expect, it } from 'vitest'
import { member } from '../../helpers/clusters.ts'
import { tempPath } from '../../helpers/temp.ts'

const isRoot = process.getuid?.() === 0

function folder(): string {
  const path = tempPath('')
  mkdirSync(path)
  return path
}

describe('the directory of local()', () => {
  it.each([0o777, 0o755])('is closed to others where it had mode %o', async (mode) => {
    const directory = folder()
    chmodSync(directory, mode)
    await member({ members: local({ directory }) }).serve('a', { request: () => '' })
    expect(statSync(directory).mode & 0o777).toBe(0o700)
  })

  it('is made with a mode that keeps others out', async () => {
    const directory = tempPath('')
    await member({ members: local({ directory }) }).serve('a', { request: () => '' })
    expect(statSync(directory).mode & 0o777).toBe(0o700)
  })

  const foreign = (path: string): void => {
    mkdirSync(path)
    chownSync(path, 65534, 65534)
  }
  it.each([
    ['a link', (path: string) => symlinkSync(folder(), path)],
    ...(isRoot ? ([['of another user', foreign]] as const) : [])
  ] as const)('that is %s is not used: EACCES for who serves', async (_what, make) => {
    const directory = tempPath('')
    make(directory)
    const cluster = member({ members: local({ directory }) })
    await expect(cluster.serve('a', { request: () => '' })).rejects.toMatchObject({
      code: 'EACCES',
      message: expect.stringContaining('is not a directory of this user')
    })
  })
})
