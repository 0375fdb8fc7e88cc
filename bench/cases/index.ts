/** All cases, in the order of the page. */
import type { Case, Effort } from '../harness/case.ts'
import { fanIn } from './fan-in.ts'
import { fanOut } from './fan-out.ts'
import { inproc } from './inproc.ts'
import { latency } from './latency.ts'
import { million } from './million.ts'
import { throughput } from './throughput.ts'

export function allCases(effort: Effort): Case[] {
  return [throughput, inproc, latency, fanOut, fanIn, million].flatMap((cases) => cases(effort))
}
