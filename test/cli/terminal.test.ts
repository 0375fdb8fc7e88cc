/** What reaches a terminal and was chosen by somebody else. */

import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import fc from 'fast-check'
import { type Message, Push, Rep, Req } from 'hubless'
import { describe, expect, it } from 'vitest'
import { WebSocketServer } from 'ws'
import { encoders } from '../../src/cli/formats.ts'
import { jsonLines } from '../../src/cli/json.ts'
import { brief, visible, visibleJson } from '../../src/cli/terminal.ts'
import { ours, Running } from './command.ts'

/** Sets the title, clears the screen, colours; C1, DEL, a line break and both kinds of bidi. */
const hostile = '\x1b]0;owned\x07\x1b[2J\x1b[31m\x9b1m\x7f\r\nall is well\u202e\u2066\u200f\u2028'
const unseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u
/** What is printed apart from the line breaks that end lines. */
const lines = (text: string): string[] => text.trimEnd().split('\n')

describe('visible', () => {
  it('CLI-40 escapes what moves, colours, hides or turns round, and leaves letters of every script', () => {
    expect(visible('\x1b[31m\x9b\x7f\n')).toBe('\\x1b[31m\\x9b\\x7f\\x0a')
    expect(visible('\u202e\u2028\ud800')).toBe('\\u202e\\u2028\\ud800')
    expect(visible('\u{e0041}')).toBe('\\u{e0041}')
    expect(visible('Größe 大小 حجم 👍 C:\\a')).toBe('Größe 大小 حجم 👍 C:\\a')
  })

  it('CLI-40 leaves nothing unseen of any text, in JSON without changing its value', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const value = `${text}${hostile}`
        expect(visible(value)).not.toMatch(unseen)
        const json = visibleJson(JSON.stringify(value))
        expect(json).not.toMatch(unseen)
        expect(JSON.parse(json)).toBe(value)
      })
    )
  })

  it('cuts a line that goes on for ever', () => {
    expect(brief('x'.repeat(1e6)).length).toBeLessThan(3000)
  })
})

/** A WebSocket server that refuses with a text of its choice, in the status line as well. */
async function refusing(): Promise<{ url: string; close(): void }> {
  const text = hostile.replace(/[\r\n]/g, '')
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.once('data', () => {
      const length = Buffer.byteLength(hostile)
      socket.end(`HTTP/1.1 403 ${text}\r\nServer: ${text}\r\nContent-Length: ${length}\r\n\r\n${hostile}`)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  return { url: `ws://127.0.0.1:${port}`, close: () => server.close() }
}

describe('text of a peer', () => {
  it('CLI-40 is escaped in what --verbose says, of one socket and of a device', async () => {
    const { url, close } = await refusing()
    const runs = [
      new Running(['--req', '--connect', url, '-Dx', '-vv', '--recv-timeout', '5']),
      new Running(['device', '-p', 'reqrep', '--in', 'inproc://terminal-device', '--out-connect', url, '-v'])
    ]
    for (const running of runs) {
      await running.said(/Refused: ws:.*\n/)
      const { stderr } = await running.end()
      expect(lines(stderr).filter((line) => unseen.test(line) || line.startsWith('all is well'))).toEqual([])
    }
    close()
  })

  it.each(['text', 'nagios', 'json', 'prometheus'])(
    'CLI-40 is escaped in the report of health as %s',
    async (format) => {
      const { url, close } = await refusing()
      const words = ['health', url, '--level', 'request', '--timeout', '0.4', '--format', format]
      const stdout = (await ours(words)).stdout.toString()
      expect(stdout).toContain('not-joined')
      expect(lines(stdout).filter((line) => unseen.test(line) || line.startsWith('all is well'))).toEqual([])
      close()
    }
  )

  it('CLI-40 is escaped in a reply that is not as expected, and in one that is', async () => {
    await using rep = new Rep()
    const { url } = await rep.bind('tcp://127.0.0.1:0')
    void rep.serve(() => hostile)
    for (const format of ['text', 'json', 'nagios']) {
      for (const expected of ['pong', '/well/']) {
        const words = ['health', url, '-l', 'request', '--expect', expected, '-f', format]
        const stdout = (await ours(words)).stdout.toString()
        expect(lines(stdout)).toHaveLength(1)
        expect(stdout.trimEnd()).not.toMatch(unseen)
      }
    }
  })

  it('CLI-40 is escaped in JSON, and is bytes with --raw', async () => {
    const body = '\x9b31mred\x9b0m\u202e'
    for (const [format, printed] of [
      ['--json', expect.stringContaining('"body":"\\u009b31mred\\u009b0m\\u202e"')],
      ['--raw', body]
    ] as const) {
      await using push = new Push()
      const { url } = await push.bind('tcp://127.0.0.1:0')
      const running = ours(['--pull', '--connect', url, format, '-C1'])
      await push.send(body)
      expect((await running).stdout.toString()).toEqual(printed)
    }
  })
})

describe('a body', () => {
  it('CLI-40 is printable in every format but those that are bytes', async () => {
    const bytes = fc.uint8Array({ maxLength: 40 }).map((chosen) => Buffer.concat([chosen, Buffer.from(hostile)]))
    const json = await jsonLines({ pattern: 'sub', subscriptions: [], decode: 'msgpack' }, 'nanocat')
    const plain = await jsonLines({ pattern: 'sub', subscriptions: [], decode: undefined }, 'nanocat')
    fc.assert(
      fc.property(bytes, (body) => {
        const message = { body, pipe: { address: hostile } } as unknown as Message
        for (const line of [
          encoders.ascii(body),
          encoders.quoted(body),
          encoders.hex(body),
          json(message),
          plain(message)
        ]) {
          expect(String(line)).toMatch(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]*\n$/u)
        }
      })
    )
  })

  it('CLI-40 what a peer says as it closes reaches no line', async () => {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: () => 'rep.sp.nanomsg.org' })
    server.on('connection', (socket) => socket.close(4000, '\x1b[2Jall is well\u202e'))
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const running = new Running(['--req', '--connect', `ws://127.0.0.1:${port}`, '-Dx', '-vv', '--recv-timeout', '5'])
    await running.said(/Trying again: ws:.*\n/)
    const { stderr } = await running.end()
    expect(lines(stderr).filter((line) => unseen.test(line) || line.includes('all is well'))).toEqual([])
    server.close()
  })
})

describe('text of a command line', () => {
  it.each<[string[]]>([
    [['--push', hostile]],
    [[`--${hostile}`]],
    [[`--push=${hostile}`]],
    [['-\x1b']],
    [['--pull', '--bind', hostile]],
    [['--pull', '--bind', 'inproc://a', '--format', hostile]],
    [['--push', '--bind', 'inproc://a', '-F', hostile]],
    [['--pull', '--bind', 'tcp://nowhere', '--socket-name', '\x1b[2J']],
    [['health', hostile]],
    [['health', 'tcp://127.0.0.1:1', '--expect', `/(${hostile}/`]],
    [['device', '--pattern', hostile]]
  ])('CLI-40 is escaped in complaints about %j', async (words) => {
    const { code, stderr } = await ours(words)
    expect(code).toBeGreaterThan(0)
    expect(lines(stderr).filter((line) => unseen.test(line) || line.startsWith('all is well'))).toEqual([])
  })
})

it('says of a failing command what it says, escaped', async () => {
  await using req = new Req()
  const { url } = await req.bind('tcp://127.0.0.1:0')
  const running = new Running(['--rep', '--connect', url, '--exec', 'exit 3', '--socket-name', 'a\x1b[2J'])
  req.request('x', { retry: false }).catch(() => {})
  expect(await running.said('exited with 3')).toBe('a\\x1b[2J: no answer: the command exited with 3\n')
  await running.end()
})

it('nothing but the bodies of messages is written past these functions', () => {
  const files = readdirSync('src/cli', { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'))
  const writing = files.filter((name) => /\.write\(|console\./.test(readFileSync(`src/cli/${name}`, 'utf8')))
  // The page of a cluster is written to a browser.
  const toTerminals = writing.filter((name) => name !== 'cluster/web/server.ts')
  expect(toTerminals.sort()).toEqual(['io.ts', 'outputs.ts', 'terminal.ts'])
})
