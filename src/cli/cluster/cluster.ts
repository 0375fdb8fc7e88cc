/** `nanocat cluster`: a table of members, once or again and again, a live map, or one call by name. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Cluster } from '../../cluster/index.ts'
import { UsageFailure } from '../failure.ts'
import { print } from '../help.ts'
import { type Io, write } from '../io.ts'
import { parse } from '../parsing/parse.ts'
import { tell, visible, visibleJson, wipe } from '../terminal.ts'
import { calls } from './calls.ts'
import { failure, join, lookAround } from './join.ts'
import { Observer } from './observer.ts'
import { type ClusterSettings, clusterCommand, clusterDefaults, type Verb, verbs } from './options.ts'
import { table } from './table.ts'

export async function cluster(program: string, words: readonly string[], io: Io): Promise<number> {
  const settings = clusterDefaults()
  const prints = parse(clusterCommand, [program, ...words], settings)
  if (prints !== undefined) {
    tell(io.stdout, print(prints, clusterCommand, program))
    return 0
  }
  const call = readCall(settings, program)
  const instance = await join(settings, program, io)
  try {
    if (call !== undefined) await calls[call.verb](instance, call.about, settings, program, io)
    else if (settings.web !== undefined) await serve(instance, settings, program, io)
    else await showMembers(instance, settings, io)
  } catch (error) {
    throw io.signal?.aborted === true ? error : failure(error, program)
  } finally {
    await instance.close({ timeout: 0 })
  }
  return 0
}

function readCall(settings: ClusterSettings, program: string): { verb: Verb; about: string } | undefined {
  const [word, about, extra] = settings.words
  if (word === undefined) return undefined
  const verb = verbs.find((known) => known === word)
  if (verb === undefined) throw new UsageFailure(`${program}: Unknown command \`\`${visible(word)}''`, word, verbs)
  if (about === undefined) throw new UsageFailure(`${program}: ${verb} requires ${arguments_[verb]}`)
  if (extra !== undefined) throw new UsageFailure(`${program}: Unexpected argument \`\`${visible(extra)}''`)
  return { verb, about }
}

const arguments_: Readonly<Record<Verb, string>> = {
  request: 'the name of a service',
  survey: 'the name of a service',
  broadcast: 'the name of a service',
  publish: 'a topic',
  subscribe: 'a prefix of topics, or "" for all'
}

async function showMembers(instance: Cluster, settings: ClusterSettings, io: Io): Promise<void> {
  const { watch, json, interval, timeout } = settings
  const observer = new Observer(instance)
  const terminal = (io.stdout as NodeJS.WriteStream).isTTY === true
  await lookAround(instance, timeout, io.signal)
  for (;;) {
    const snapshot = await observer.look()
    if (json) for (const member of snapshot.members) await write(io.stdout, line(member))
    else {
      if (watch && terminal) wipe(io.stdout)
      tell(io.stdout, table(snapshot))
      if (watch && !terminal) tell(io.stdout, '\n')
    }
    if (!watch) return
    await sleep(interval, undefined, { signal: io.signal })
  }
}

async function serve(instance: Cluster, settings: ClusterSettings, program: string, io: Io): Promise<void> {
  const { serveMap } = await import('./web/server.ts')
  const { web = 0, webHost, interval } = settings
  const server = await serveMap(new Observer(instance), { port: web, host: webHost, interval })
  try {
    tell(io.stdout, `${program}: the map is at ${server.url}\n`)
    await new Promise<void>((resolve) => {
      if (io.signal?.aborted === true) resolve()
      else io.signal?.addEventListener('abort', () => resolve(), { once: true })
    })
  } finally {
    await server.close()
  }
}

function line(value: object): string {
  return `${visibleJson(JSON.stringify(value))}\n`
}
