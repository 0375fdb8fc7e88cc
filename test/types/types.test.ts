/** Compiles the files beside this one. What they expect of types is part of what users rely on. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { beforeAll, expect, it } from 'vitest'

let complaints: string[]

beforeAll(() => {
  const tsc = join('node_modules', 'typescript', 'bin', 'tsc')
  const { stdout } = spawnSync(process.execPath, [tsc, '-p', 'test/types', '--pretty', 'false'], { encoding: 'utf8' })
  complaints = stdout.split('\n').filter((line) => /^\S/.test(line))
}, 60_000)

const about = (file: string): string[] => complaints.filter((line) => line.startsWith(`test/types/${file}`))

it('COM-03 an operation that a pattern lacks is absent from its type', () => {
  expect(about('patterns.ts')).toEqual([])
})

it('DEV-01 a cooked socket in a device is a type error', () => {
  expect(about('devices.ts')).toEqual([])
})

it('a codec gives sockets its value to send and to receive', () => {
  expect(about('codecs.ts')).toEqual([])
})

it('nothing else is wrong with the compilation', () => {
  expect(complaints.filter((line) => !line.startsWith('src/'))).toEqual([])
})
