/**
 * Runs one command line: `run(['nanocat', '--pull', …], io)` resolves with the exit code. Only what the command needs is
 * loaded, so that help and mistakes are answered in the time a bare Node takes to start.
 */
import { setMaxListeners } from 'node:events'
import { Failure, UsageFailure } from './failure.ts'
import type { Io } from './io.ts'
import { nobodyReads, Outputs } from './outputs.ts'
import { tell, visible } from './terminal.ts'

export type { Io } from './io.ts'

type Words = readonly string[]
type Subcommand = (program: string, words: Words, io: Io) => Promise<number>

const subcommands: Readonly<Record<string, () => Promise<Subcommand>>> = {
  cluster: async () => (await import('./cluster/cluster.ts')).cluster,
  device: async () => (await import('./device/device.ts')).device,
  health: async () => (await import('./health/health.ts')).health,
  hub: async () => (await import('./hub/hub.ts')).hub
}
/** The signals that end a run in good order, and its exit codes then. */
export const signalCodes: Readonly<Record<string, number>> = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 }

export async function run(argv: Words, io: Io): Promise<number> {
  const [program = 'nanocat', ...words] = argv
  const stop = new AbortController()
  const { signal } = stop
  // As many as there are commands or URLs.
  setMaxListeners(0, signal)
  const onSignal = (): void => stop.abort(io.signal?.reason)
  io.signal?.addEventListener('abort', onSignal, { once: true })
  if (io.signal?.aborted) onSignal()
  const outputs = new Outputs(io, program, (reason) => stop.abort(reason))
  try {
    const load = subcommands[words[0] ?? '']
    const command = load === undefined ? (await import('./nanocat.ts')).nanocat : await load()
    const code = await command(program, load === undefined ? words : words.slice(1), { ...world(io), signal })
    await outputs.flush(signal)
    return outputs.judge(signal.aborted ? await stopped(signal.reason, code, io) : code)
  } catch (error) {
    return signal.aborted ? await stopped(signal.reason, 0, io) : await fail(error, program, io)
  } finally {
    io.signal?.removeEventListener('abort', onSignal)
    await outputs.release(signal)
  }
}

/** The exit code of a run that was stopped; `code` is what it found out before. */
async function stopped(reason: unknown, code: number, io: Io): Promise<number> {
  if (reason instanceof Failure) return fail(reason, '', io)
  return reason === nobodyReads ? code : (signalCodes[String(reason)] ?? 1)
}

/** Not a spread: reading `process.stdin` opens it. */
function world(io: Io): Io {
  return {
    get stdin() {
      return io.stdin
    },
    stdout: io.stdout,
    stderr: io.stderr,
    env: io.env
  }
}

async function fail(error: unknown, program: string, io: Io): Promise<number> {
  if (!(error instanceof Failure)) {
    tell(io.stderr, `${program}: ${visible(error instanceof Error ? error.message : String(error))}\n`)
    return 3
  }
  const meant = error instanceof UsageFailure ? await suggestion(error) : undefined
  tell(io.stderr, `${error.message}\n${meant === undefined ? '' : `Did you mean ${meant}?\n`}`)
  return error.exitCode
}

async function suggestion({ unknown, known }: UsageFailure): Promise<string | undefined> {
  if (unknown === undefined) return undefined
  // Without it, when it cannot be loaded: the mistake is told in any case.
  const loaded = await import('./parsing/suggest.ts').catch(() => undefined)
  return loaded?.suggest(unknown, known)
}
