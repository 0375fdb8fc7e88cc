/** `nanocat health URL…`: probes each URL, all at once, prints what was found, and says it with the exit code. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type ProbeOptions, type ProbeResult, probe } from '../../health/index.ts'
import { UsageFailure } from '../failure.ts'
import { print } from '../help.ts'
import type { Io } from '../io.ts'
import { parse } from '../parsing/parse.ts'
import { tell, visible } from '../terminal.ts'
import { tlsOf } from '../tls.ts'
import { type HealthSettings, healthCommand, healthDefaults } from './options.ts'
import { reports } from './reports.ts'

/** Between two probes of `--wait` and `--retries`, ms. */
const pause = 250
/** Docker reserves exit code 2. */
const couldNotCheck = 3

export async function health(program: string, words: readonly string[], io: Io): Promise<number> {
  const settings = healthDefaults()
  try {
    const prints = parse(healthCommand, [program, ...words], settings)
    if (prints !== undefined) {
      tell(io.stdout, print(prints, healthCommand, program))
      return 0
    }
    if (settings.urls.length === 0) {
      throw new UsageFailure(`${program}: At least one URL is required, such as tcp://127.0.0.1:5555`)
    }
    const results = await Promise.all(settings.urls.map((url) => probeUntil(url, settings, io.signal)))
    const report = reports[settings.format]
    tell(io.stdout, report.print(results))
    return report.exitCode(results)
  } catch (error) {
    if (io.signal?.aborted === true) throw error
    throw wrongUse(error, program)
  }
}

/** Exit code 1 says unhealthy here, so what could not be checked has the code 3, a wrong command line included. */
function wrongUse(error: unknown, program: string): unknown {
  if (!(error instanceof Error)) return error
  const message = 'exitCode' in error ? error.message : `${program}: ${visible(error.message)}`
  const { unknown, known } = error as Partial<UsageFailure>
  return Object.assign(new UsageFailure(message, unknown, known), { exitCode: couldNotCheck })
}

async function probeUntil(
  url: string,
  settings: HealthSettings,
  signal: AbortSignal | undefined
): Promise<ProbeResult> {
  const options = probeOptions(settings, signal)
  const { wait = 0, retries } = settings
  const end = performance.now() + wait
  for (let attempt = 0; ; attempt++) {
    const result = await probe(url, options)
    // More of the same will not make it possible.
    if (result.healthy || result.status === 'unknown') return result
    if (attempt >= retries && performance.now() + pause >= end) return result
    await sleep(pause, undefined, { signal })
  }
}

function probeOptions(settings: HealthSettings, signal: AbortSignal | undefined): ProbeOptions {
  const { level, protocol, request, expect, min, device, topic, timeout, warn, critical, force } = settings
  const tls = tlsOf(settings)
  return { level, protocol, request, expect, min, device, topic, timeout, signal, warn, critical, force, tls }
}
