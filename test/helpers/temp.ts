/** Paths for files and sockets of tests, in a directory that is removed when the test file is done. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'

let paths = 0
let directory: string | undefined

/** A fresh path. */
export function tempPath(suffix = '.sock'): string {
  directory ??= mkdtempSync(join(tmpdir(), 'hubless-'))
  return join(directory, `${++paths}${suffix}`)
}

afterAll(() => {
  if (directory !== undefined) rmSync(directory, { recursive: true, force: true })
})
