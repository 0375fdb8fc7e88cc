/** Outputs that fail: nobody reads, which is no failure, and everything else, which is. */
import { Pub, Push, Rep } from 'hubless'
import { describe, expect, it } from 'vitest'
import { Running } from './command.ts'

const full = 'nanocat: Error writing standard output: No space left on device\n'
const served = async (socket: { bind(url: string): Promise<{ url: string }> }): Promise<string> =>
  (await socket.bind('tcp://127.0.0.1:0')).url

describe('a stdout that takes no more', () => {
  it.each([['--ascii'], ['--raw'], ['--json'], ['--msgpack']])(
    'CLI-41 ends a run with %s, with a message',
    async (format) => {
      await using push = new Push()
      const running = new Running(['--pull', '--connect', await served(push), format]).breakPipe('stdout', 'ENOSPC')
      await push.send('x')
      expect(await running.done).toMatchObject({ code: 3, stderr: full })
    }
  )

  it('CLI-41 ends a run that has one message to print and nothing to wait for', async () => {
    await using push = new Push()
    const running = new Running(['--pull', '--connect', await served(push), '-A', '-C1']).breakPipe('stdout', 'ENOSPC')
    await push.send('x')
    expect(await running.done).toMatchObject({ code: 3, stderr: full })
  })

  it.each([[['--help']], [['--version']], [['--completion', 'bash']], [['device', '--help']], [['health', '--help']]])(
    'CLI-41 is a failure of %j',
    async (words) => {
      expect(await new Running(words).breakPipe('stdout', 'EIO').done).toMatchObject({
        code: 3,
        stderr: 'nanocat: Error writing standard output: Input/output error\n'
      })
    }
  )

  it.each(['text', 'json', 'nagios', 'prometheus'])('CLI-41 does not make health say healthy as %s', async (format) => {
    await using rep = new Rep()
    const words = ['health', await served(rep), '--format', format]
    expect(await new Running(words).breakPipe('stdout', 'ENOSPC').done).toMatchObject({ code: 3, stderr: full })
  })
})

describe('a stdout that nobody reads', () => {
  it('CLI-41 is no failure, and leaves health its result', async () => {
    expect(await new Running(['--help']).breakPipe().done).toMatchObject({ code: 0, stderr: '' })
    await using rep = new Rep()
    const url = await served(rep)
    expect(await new Running(['health', url]).breakPipe().done).toMatchObject({ code: 0, stderr: '' })
    const unhealthy = new Running(['health', url, '--protocol', 'pub']).breakPipe()
    expect(await unhealthy.done).toMatchObject({ code: 1, stderr: '' })
  })
})

describe('a stderr that takes no more', () => {
  it('CLI-41 shows in the exit code of a run that had something to say', async () => {
    for (const [code, exitCode] of [
      ['ENOSPC', 3],
      ['EPIPE', 0]
    ] as const) {
      await using pub = new Pub()
      const words = ['--sub', '--connect', await served(pub), '-v', '-A', '-C1']
      const running = new Running(words).breakPipe('stderr', code)
      await pub.waitForPeers(1)
      await pub.send('news')
      const { code: ended, stdout } = await running.done
      expect([ended, stdout.toString()]).toEqual([exitCode, 'news\n'])
    }
  })

  it('leaves a failure its own code', async () => {
    expect((await new Running(['--nonsense']).breakPipe('stderr', 'ENOSPC').done).code).toBe(1)
  })
})
