/** IPC paths on a file system that is full: one of a few KiB, made by the test where it may mount. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { Pull, Push } from 'hubless'
import { afterAll, describe, expect, it } from 'vitest'
import { tempPath, track } from '../../helpers/sockets.ts'

const folder = tempPath()

/** Why there is no full disk here, if there is none. */
function mount(): string | undefined {
  mkdirSync(folder)
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8k,nr_inodes=5', 'tmpfs', folder], { stdio: 'pipe' })
    return undefined
  } catch (error) {
    return `nothing can be mounted: ${String(error).split('\n')[0]}`
  }
}

const absent = mount()

// Lazily: descriptors may be on their way out.
afterAll(() => {
  if (absent === undefined) execFileSync('umount', ['-l', folder])
})

describe.skipIf(absent !== undefined)(`a path on a full disk${absent === undefined ? '' : ` (${absent})`}`, () => {
  it('refuses to bind with what is the matter, and binds once there is room', async () => {
    const files: string[] = []
    for (let full = false; !full; ) {
      const file = `${folder}/${files.length}`
      try {
        writeFileSync(file, '')
        files.push(file)
      } catch (error) {
        expect(error).toMatchObject({ code: 'ENOSPC' })
        full = true
      }
    }
    const [pull, push] = track(new Pull(), new Push())
    const refused = pull.bind(`ipc://${folder}/socket`)
    await expect(refused).rejects.toMatchObject({ code: 'EIO', message: expect.stringContaining('ENOSPC') })
    expect(pull.stats()).toMatchObject({ bindErrors: 1, state: 'open' })
    for (const file of files) rmSync(file)
    push.connect((await pull.bind(`ipc://${folder}/socket`)).url)
    await push.send('there is room')
    expect(String(await pull.recv({ timeout: 5000 }))).toBe('there is room')
  })
})
