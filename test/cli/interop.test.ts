/**
 * Our nanocat with nanomsg's nanocat and nng's nngcat: every pattern, over tcp, ipc and ws, either of them binding. Both
 * sides are command lines.
 */
import { describe, it, vi } from 'vitest'
import { tempPath } from '../helpers/sockets.ts'
import { PeerProcess } from '../interop/peers/process.ts'
import { findTool, freePort, requirePeer } from '../interop/peers/tools.ts'
import { Running } from './command.ts'

const tools = {
  nanocat: requirePeer('nanocat', findTool('nanocat'), 'nanomsg-utils'),
  nngcat: requirePeer('nngcat', findTool('nngcat'), 'nng-utils')
}
type Tool = keyof typeof tools

const transports = {
  tcp: async () => `tcp://127.0.0.1:${await freePort()}`,
  ipc: async () => `ipc://${tempPath()}`,
  // Without a path nng 1.5 asks for an empty target, which is no HTTP; with one nanomsg does not bind.
  ws: async (tool: Tool) => `ws://127.0.0.1:${await freePort()}${tool === 'nngcat' ? '/' : ''}`
}
const timeout = 15_000
vi.setConfig({ testTimeout: 20_000 })

/** nngcat knows whole seconds only; one that asks again as its survey expires, after a second, may lock up in nng 1.5. */
const again = { nanocat: ['-i', '0.05'], nngcat: ['-i', '2'] }
/** nngcat of 1.5 takes `--pair` for pair1. */
const names: Record<Tool, (word: string) => string> = {
  nanocat: (word) => word,
  nngcat: (word) => (word === '--pair' ? '--pair0' : word)
}

/** Ours binds and is ready, theirs connects; then the other way round. */
class Exchange implements AsyncDisposable {
  readonly #tool: Tool
  readonly #makeUrl: () => Promise<string>
  readonly #running: Running[] = []
  readonly #processes: PeerProcess[] = []

  constructor(tool: Tool, makeUrl: () => Promise<string>) {
    this.#tool = tool
    this.#makeUrl = makeUrl
  }

  async oursBinds(own: string[], their: string[]): Promise<[Running, PeerProcess]> {
    const url = await this.#makeUrl()
    const ours = this.#ours([...own, '--bind', url, '-v'])
    await ours.said('Listening at: ')
    return [ours, this.#theirs([...their, '--connect', url])]
  }

  async theirsBinds(own: string[], their: string[]): Promise<[Running, PeerProcess]> {
    const url = await this.#makeUrl()
    const theirs = this.#theirs([...their, '--bind', url])
    return [this.#ours([...own, '--connect', url]), theirs]
  }

  #ours(words: string[]): Running {
    const running = new Running(words)
    this.#running.push(running)
    return running
  }

  #theirs([first = '', ...rest]: string[]): PeerProcess {
    const process = PeerProcess.start(tools[this.#tool].path, [names[this.#tool](first), ...rest])
    this.#processes.push(process)
    return process
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const process of this.#processes) await process[Symbol.asyncDispose]()
    for (const running of this.#running) await running.end()
  }
}

const cases = Object.keys(tools).flatMap((tool) =>
  Object.entries(transports).map(([transport, url]) => [tool as Tool, transport, () => url(tool as Tool)] as const)
)

describe.concurrent.each(cases)('ours and %s over %s:', (tool, _transport, makeUrl) => {
  const skip = tools[tool].skip !== undefined
  const start = (): Exchange => new Exchange(tool, makeUrl)

  it.skipIf(skip)('CLI-31 PUSH and PULL', async ({ expect }) => {
    await using exchange = start()
    const [sending, pull] = await exchange.oursBinds(['--push', '-D', 'work'], ['--pull', '--quoted'])
    expect(await pull.line('"', timeout)).toBe('"work"')
    expect((await sending.done).code).toBe(0)
    const [receiving] = await exchange.theirsBinds(
      ['--pull', '-Q', '-C', '1'],
      ['--push', '-D', 'work', ...again[tool]]
    )
    expect((await receiving.done).stdout.toString()).toBe('"work"\n')
  })

  it.skipIf(skip)('CLI-31 PUB and SUB', async ({ expect }) => {
    await using exchange = start()
    const [, sub] = await exchange.oursBinds(
      ['--pub', '-D', 'a news', '-i', '50ms'],
      ['--sub', '--subscribe', 'a', '--quoted']
    )
    expect(await sub.line('"', timeout)).toBe('"a news"')
    const [receiving] = await exchange.theirsBinds(
      ['--sub', '--subscribe', 'a', '-Q', '-C', '1'],
      ['--pub', '-D', 'a news', ...again[tool]]
    )
    expect((await receiving.done).stdout.toString()).toBe('"a news"\n')
  })

  it.skipIf(skip)('CLI-31 REQ and REP', async ({ expect }) => {
    await using exchange = start()
    const [, req] = await exchange.oursBinds(['--rep', '-D', 'pong', '-Q'], ['--req', '-D', 'ping', '--quoted'])
    expect(await req.line('"', timeout)).toBe('"pong"')
    const [asking, rep] = await exchange.theirsBinds(['--req', '-D', 'ping', '-Q'], ['--rep', '-D', 'pong', '--quoted'])
    expect((await asking.done).stdout.toString()).toBe('"pong"\n')
    expect(await rep.line('"', timeout)).toBe('"ping"')
  })

  it.skipIf(skip)('CLI-31 SURVEYOR and RESPONDENT', async ({ expect }) => {
    await using exchange = start()
    const [, surveyor] = await exchange.oursBinds(
      ['--respondent', '-D', 'here', '-Q'],
      ['--surveyor', '-D', 'who', '--quoted', ...again[tool]]
    )
    expect(await surveyor.line('"', timeout)).toBe('"here"')
    const [asking, respondent] = await exchange.theirsBinds(
      ['--surveyor', '-D', 'who', '-Q', '-i', '0.1', '-C', '20'],
      ['--respondent', '-D', 'here', '--quoted']
    )
    expect(await respondent.line('"', timeout)).toBe('"who"')
    expect(await asking.printed('"here"\n')).toContain('"here"\n')
  })

  it.skipIf(skip)('CLI-31 PAIR', async ({ expect }) => {
    await using exchange = start()
    const [pair, other] = await exchange.oursBinds(
      ['--pair', '-D', 'ours', '-Q'],
      ['--pair', '-D', 'theirs', '--quoted']
    )
    expect(await other.line('"', timeout)).toBe('"ours"')
    expect(await pair.printed('"theirs"\n')).toBe('"theirs"\n')
    const [third, fourth] = await exchange.theirsBinds(
      ['--pair', '-D', 'ours', '-Q'],
      ['--pair', '-D', 'theirs', '--quoted']
    )
    expect(await fourth.line('"', timeout)).toBe('"ours"')
    expect(await third.printed('"theirs"\n')).toBe('"theirs"\n')
  })

  it.skipIf(skip)('CLI-31 BUS', async ({ expect }) => {
    await using exchange = start()
    // nngcat 1.5 has no bus in its help but takes it.
    const speaking = ['--bus', '-D', 'theirs', '--quoted', ...again[tool]]
    const [bus, other] = await exchange.oursBinds(['--bus', '-D', 'ours', '-Q', '-i', '0.05'], speaking)
    expect(await other.line('"', timeout)).toBe('"ours"')
    expect(await bus.printed('"theirs"\n')).toContain('"theirs"\n')
    const [third, fourth] = await exchange.theirsBinds(['--bus', '-D', 'ours', '-Q', '-i', '0.05'], speaking)
    expect(await fourth.line('"', timeout)).toBe('"ours"')
    expect(await third.printed('"theirs"\n')).toContain('"theirs"\n')
  })
})
