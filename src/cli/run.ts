/**
 * Runs one command line: `run(['nanocat', '--pull', …], io)` resolves with the exit code. Only what the command needs is
 * loaded, so that help and mistakes are answered in the time a bare Node takes to start.
 */
import { Failure, UsageFailure } from './failure.ts'
import { type Io, nobodyReads, write } from './io.ts'

export type { Io } from './io.ts'

type Words = readonly string[]
type Subcommand = (program: string, words: Words, io: Io) => Promise<number>

const subcommands: Readonly<Record<string, () => Promise<Subcommand>>> = {
  device: async () => (await import('./device/device.ts')).device,
  health: async () => (await import('./health/health.ts')).health
}
const signalCodes: Readonly<Record<string, number>> = { SIGINT: 130, SIGTERM: 143, [nobodyReads]: 0 }

export async function run(argv: Words, io: Io): Promise<number> {
  const [program = 'nanocat', ...words] = argv
  const stop = new AbortController()
  const onSignal = (): void => stop.abort(io.signal?.reason)
  const onClosed = (): void => stop.abort(nobodyReads)
  io.signal?.addEventListener('abort', onSignal, { once: true })
  if (io.signal?.aborted) onSignal()
  io.stdout.on('error', onClosed)
  try {
    const load = subcommands[words[0] ?? '']
    const command = load === undefined ? (await import('./nanocat.ts')).nanocat : await load()
    const code = await command(program, load === undefined ? words : words.slice(1), {
      ...world(io),
      signal: stop.signal
    })
    return stop.signal.aborted ? (signalCodes[String(stop.signal.reason)] ?? code) : code
  } catch (error) {
    if (stop.signal.aborted) return signalCodes[String(stop.signal.reason)] ?? 1
    return await fail(error, program, io)
  } finally {
    io.signal?.removeEventListener('abort', onSignal)
    io.stdout.off('error', onClosed)
  }
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
    await write(io.stderr, `${program}: ${error instanceof Error ? error.message : String(error)}\n`)
    return 3
  }
  let text = `${error.message}\n`
  if (error instanceof UsageFailure && error.unknown !== undefined) {
    const { suggest } = await import('./parsing/suggest.ts')
    const meant = suggest(error.unknown, error.known)
    if (meant !== undefined) text += `Did you mean ${meant}?\n`
  }
  await write(io.stderr, text)
  return error.exitCode
}
