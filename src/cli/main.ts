#!/usr/bin/env node
/** The program `nanocat`: gives `run` the process, and the process its exit code. */
import { basename } from 'node:path'
import { type Io, run, signalCodes } from './run.ts'

const script = basename(process.argv[1] ?? '')
const program = /^main\.(cjs|js|ts)$/.test(script) ? 'nanocat' : script
const stop = new AbortController()

for (const [signal, code] of Object.entries(signalCodes)) {
  process.on(signal, () => {
    // The second time somebody means it.
    if (stop.signal.aborted) process.exit(code)
    stop.abort(signal)
  })
}

let usedStdin = false
const io: Io = {
  get stdin() {
    usedStdin = true
    return process.stdin
  },
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  signal: stop.signal
}

// A reader that is gone ends the run; what comes after that is of no interest.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})

// Not process.exit(): that would cut off what a pipe has not taken yet.
run([program, ...process.argv.slice(2)], io).then((code) => {
  process.exitCode = code
  if (usedStdin) process.stdin.destroy()
})
