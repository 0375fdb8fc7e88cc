/**
 * Memory in use after a full garbage collection: what is really held, not what was not collected yet. The collector is
 * made callable at run time, so no flag on the command line is needed.
 */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as (options?: { type: 'minor' }) => void

/** Bytes of the heap and of buffers outside of it. */
export async function memoryInUse(): Promise<number> {
  // Twice: freeing an object may leave its buffer to the next round.
  for (let round = 0; round < 2; round++) {
    await new Promise((resolve) => setImmediate(resolve))
    collect()
  }
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** Bytes of buffers that are left after collections of the young generation, which is all that a busy process does for long. */
export async function buffersAfterYoungCollections(): Promise<number> {
  for (let round = 0; round < 3; round++) {
    await new Promise((resolve) => setImmediate(resolve))
    collect({ type: 'minor' })
  }
  return process.memoryUsage().arrayBuffers
}
