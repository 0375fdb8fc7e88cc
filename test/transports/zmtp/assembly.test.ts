/** Bodies of several frames for which there is no memory. */
import { afterEach, expect, it, vi } from 'vitest'
import { BodyAssembly } from '../../../src/transports/zmtp/assembly.ts'
import { TableAssembly } from '../../../src/transports/zmtp/tables.ts'
import { recordingFrames } from './frame-sink.ts'

afterEach(() => void vi.restoreAllMocks())

it.each([
  ['joined', BodyAssembly],
  ['kept apart', TableAssembly]
] as const)('TR-11 are refused with their size where frames are %s', (_how, Assembly) => {
  const { sink, seen } = recordingFrames()
  const assembly = new Assembly(sink, true)
  assembly.frame(true, Buffer.alloc(300), 0, 300)
  vi.spyOn(Buffer, 'allocUnsafe').mockImplementation(() => {
    throw new RangeError('Array buffer allocation failed')
  })
  assembly.frame(false, Buffer.alloc(500), 0, 500)
  expect(seen).toEqual([['too big', 800]])
})
