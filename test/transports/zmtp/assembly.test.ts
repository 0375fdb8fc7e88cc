/** Bodies of several frames for which there is no memory. */
import { expect, it, vi } from 'vitest'
import { BodyAssembly } from '../../../src/transports/zmtp/assembly.ts'
import { TableAssembly } from '../../../src/transports/zmtp/tables.ts'
import { recordingFrames } from './frame-sink.ts'

it.each([
  ['joined', BodyAssembly],
  ['kept apart', TableAssembly]
] as const)('TR-11 are refused with their size where frames are %s', (_how, Assembly) => {
  const { sink, seen } = recordingFrames()
  const assembly = new Assembly(sink, true)
  assembly.frame(true, Buffer.alloc(300), 0, 300)
  const more = Buffer.alloc(500)
  // For this call alone: others of the process need memory, too.
  const allocate = vi.spyOn(Buffer, 'allocUnsafe').mockImplementation(() => {
    throw new RangeError('Array buffer allocation failed')
  })
  try {
    assembly.frame(false, more, 0, more.length)
  } finally {
    allocate.mockRestore()
  }
  expect(seen).toEqual([['too big', 800]])
})
