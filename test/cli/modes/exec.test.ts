/** `--exec` and the processes that its commands start: none outlives what it is for, and no more run than may. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Req, Surveyor } from 'hubless'
import { afterAll, describe, expect, it } from 'vitest'
import { eventually } from '../../helpers/sockets.ts'
import { alive, ours, Running } from '../command.ts'

const folder = mkdtempSync(join(tmpdir(), 'hubless-exec-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let files = 0

/** A command that notes its process group, and then does `what`; the groups that were noted. */
function noted(what: string): { command: string; groups(): number[] } {
  const file = join(folder, `${++files}`)
  const groups = (): number[] => {
    try {
      return readFileSync(file, 'utf8').split('\n').filter(Boolean).map(Number)
    } catch {
      return []
    }
  }
  return { command: `echo $$ >> ${file}; ${what}`, groups }
}

async function served(socket: { bind(url: string): Promise<{ url: string }> }, command: string): Promise<Running> {
  const { url } = await socket.bind('tcp://127.0.0.1:0')
  return new Running([socket instanceof Req ? '--rep' : '--respondent', '--connect', url, '--exec', command])
}

/** Asks, and does not care. */
const ask = (req: Req): void => void req.request('x', { retry: false }).catch(() => {})

describe('a command', () => {
  it.each([
    ['a pipeline', 'sleep 60 | cat'],
    ['what it put into the background', 'sleep 60 & sleep 60 & wait'],
    ['what ignores SIGTERM', "trap '' TERM; sh -c 'sleep 60; true' | cat"]
  ])('CLI-42 ends, with %s, when who asked leaves', async (_, what) => {
    const { command, groups } = noted(what)
    const req = new Req()
    const running = await served(req, command)
    ask(req)
    await eventually(() => groups().length === 1)
    expect(alive(groups())).toHaveLength(1)
    await req.close({ linger: 0 })
    await running.said('nanocat: no answer: who asked is gone\n')
    await eventually(() => alive(groups()).length === 0)
    expect((await running.end()).code).toBe(130)
  })

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('CLI-42 ends with the run, by %s', async (signal) => {
    const { command, groups } = noted('sleep 60 | cat')
    await using req = new Req()
    const running = await served(req, command)
    ask(req)
    ask(req)
    await eventually(() => groups().length === 2)
    const { code, stderr } = await running.end(signal)
    expect([code, stderr]).toEqual([{ SIGINT: 130, SIGTERM: 143, SIGHUP: 129 }[signal], ''])
    expect(alive(groups())).toEqual([])
  })

  it('CLI-42 answers, and what it leaves running ends', async () => {
    const { command, groups } = noted('sleep 60 > /dev/null & echo done')
    await using surveyor = new Surveyor()
    const running = await served(surveyor, command)
    await surveyor.waitForPeers(1)
    for await (const { body } of surveyor.survey('x', { count: 1, deadline: 8000 })) {
      expect(body.toString()).toBe('done\n')
    }
    await eventually(() => alive(groups()).length === 0)
    await running.end()
  })

  it('may print much, but not without end', async () => {
    const { command, groups } = noted('yes')
    await using req = new Req()
    const running = await served(req, command)
    ask(req)
    await running.said('nanocat: no answer: the command printed more than 16777216 bytes\n')
    await eventually(() => alive(groups()).length === 0)
    await running.end()
  })

  it('does not hold up the end of the run when it left its group', async () => {
    const { command, groups } = noted('setsid sleep 5 & wait')
    await using req = new Req()
    const running = await served(req, command)
    ask(req)
    await eventually(() => groups().length === 1)
    const start = performance.now()
    await running.end()
    expect(performance.now() - start).toBeLessThan(4000)
  })
})

describe('commands', () => {
  it('CLI-42 run sixteen at a time, those of clients that left included, and then the next', {
    timeout: 40_000
  }, async () => {
    // What ignores SIGTERM is there for a while after its client has left.
    const { command, groups } = noted("trap '' TERM; sleep 60")
    const url = `ipc://${join(folder, 'many')}`
    const running = new Running(['--rep', '--bind', url, '--exec', command])
    let most = 0
    for (let client = 0; client < 3; client++) {
      const req = new Req()
      req.connect(url)
      const before = groups().length
      for (let i = 0; i < 8; i++) ask(req)
      await eventually(() => {
        most = Math.max(most, alive(groups()).length)
        return groups().length > before
      }, 15_000)
      await req.close({ linger: 0 })
    }
    await eventually(() => alive(groups()).length === 0)
    expect(most).toBeLessThanOrEqual(16)
    await running.end()
  })

  it('that are done make room: forty requests are all answered', async () => {
    await using req = new Req()
    const { url } = await req.bind('tcp://127.0.0.1:0')
    const running = ours(['--rep', '--connect', url, '--exec', 'cat', '--count', '40'])
    const replies = await Promise.all(Array.from({ length: 40 }, (_, i) => req.request(`${i}`)))
    expect(replies.map(String)).toEqual(Array.from({ length: 40 }, (_, i) => `${i}`))
    expect((await running).code).toBe(0)
  })
})
