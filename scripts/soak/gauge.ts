/**
 * How a process is: what it holds after a collection, its handles, how late its event loop was, and what warned. The
 * collector is made callable at run time, so that no flag on the command line is needed.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

export interface Sample {
  /** Bytes of the heap and of buffers, after a collection. */
  readonly held: number
  /** Bytes that are resident. */
  readonly resident: number
  /** Sockets, servers, timers and the like that keep the process alive. */
  readonly handles: number
  /** ms that the event loop was late since the last sample, of a hundred times the latest but one. */
  readonly late: number
  readonly warnings: readonly string[]
}

const warnings: string[] = []
process.on('warning', (warning) => warnings.push(String(warning)))
const resolution = 5
const delay = monitorEventLoopDelay({ resolution })
delay.enable()

export function sample(): Sample {
  // What it measures is the whole interval between two looks.
  const late = Math.max(0, delay.percentile(99) / 1e6 - resolution)
  // Twice: freeing an object may leave its buffer to the next round.
  collect()
  collect()
  delay.reset()
  const { heapUsed, external, rss } = process.memoryUsage()
  const handles = process.getActiveResourcesInfo().length
  return { held: heapUsed + external, resident: rss, handles, late, warnings: warnings.splice(0) }
}
