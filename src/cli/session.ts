/** One run of nanocat, from the socket to its orderly end: what was accepted for sending leaves before the exit. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Dialer } from '../index.ts'
import type { Io } from './io.ts'
import { Meter } from './meter.ts'
import { answer } from './modes/answer.ts'
import { converse } from './modes/converse.ts'
import type { Mode } from './modes/mode.ts'
import { receive } from './modes/receive.ts'
import { send } from './modes/send.ts'
import { observe } from './observe.ts'
import { operation } from './operation.ts'
import { printer } from './printer.ts'
import type { Pattern, Settings } from './settings.ts'
import { createSocket, endpointOptions, openEndpoints, subscribe } from './sockets.ts'
import { openSource, type Source } from './source.ts'

/** How long an orderly end may take while the peer reads, ms. */
const longestDrain = 10_000
/** A message that goes to whoever is there waits for connections this long, ms. */
const longestSettling = 1000
const toWhoeverIsThere: readonly Pattern[] = ['pub', 'bus', 'surveyor']

export async function session(settings: Settings, program: string, io: Io): Promise<void> {
  const pattern = settings.pattern as Pattern
  const signal = io.signal ?? new AbortController().signal
  const name = settings.name ?? program
  const print = await printer(settings, program, io)
  // Before anybody can connect: peers could use up the file descriptors that loading takes.
  const mode = await chooseMode(settings, pattern)
  const socket = await operation('create socket', name, () => createSocket(pattern, settings))
  const meter = new Meter(socket, settings, io)
  let source: Source | undefined
  try {
    if (settings.verbosity > 0) observe(socket, io, settings.verbosity)
    await operation('subscribe', name, () => subscribe(socket, settings.subscriptions))
    const options = endpointOptions(settings)
    const dialers = await openEndpoints(socket, settings, name, options)
    source = await openSource(settings, io)
    if (settings.delay > 0) await sleep(settings.delay, undefined, { signal })
    if (source !== undefined && settings.interval === undefined && toWhoeverIsThere.includes(pattern)) {
      await settle(dialers, settings, signal)
    }
    meter.start()
    await mode({ settings, socket, name, print, signal, io }, source)
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    source?.close()
    await socket.close(signal.aborted ? {} : { linger: longestDrain })
    meter.finish()
  }
}

async function chooseMode(settings: Settings, pattern: Pattern): Promise<Mode> {
  if (settings.bench) return (await import('./modes/bench.ts')).bench
  if (settings.exec !== undefined) return (await import('./modes/exec.ts')).exec
  if (pattern === 'push' || pattern === 'pub') return send
  if (settings.data === undefined && settings.stdin === undefined) return receive
  return pattern === 'rep' || pattern === 'respondent' ? answer : converse
}

async function settle(dialers: readonly Dialer[], { sendTimeout }: Settings, signal: AbortSignal): Promise<void> {
  const timeout = Math.min(sendTimeout, longestSettling)
  await Promise.allSettled(dialers.map((dialer) => dialer.whenConnected({ signal, timeout })))
}
