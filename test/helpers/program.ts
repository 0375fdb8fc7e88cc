/** Runs a program of the examples or of the documentation inside the test, and notes what it prints. */
import { formatWithOptions } from 'node:util'
import { vi } from 'vitest'
import { eventually } from './sockets.ts'

/** The lines that the module at `path` prints until its last `await`. Rejects when it leaves a connection open. */
export async function runProgram(path: string): Promise<string[]> {
  const lines: string[] = []
  const spy = vi.spyOn(console, 'log').mockImplementation((...values: unknown[]) => {
    lines.push(...formatWithOptions({ colors: false }, ...values).split('\n'))
  })
  const before = connections()
  try {
    await import(path)
  } finally {
    spy.mockRestore()
  }
  await eventually(() => connections() <= before)
  return lines
}

/** Servers and connections that would keep a process alive. */
export function connections(): number {
  return process.getActiveResourcesInfo().filter((kind) => /^(TCP|Pipe).*Wrap$/.test(kind)).length
}
