/** All cases, in the order of the page. */
import type { Case, Effort } from '../harness/case.ts'
import { manyConnections } from './connections.ts'
import { fairness } from './fairness.ts'
import { fanIn } from './fan-in.ts'
import { fanOut } from './fan-out.ts'
import { flatness } from './flatness.ts'
import { inproc } from './inproc.ts'
import { latency } from './latency.ts'
import { micro } from './micro.ts'
import { million } from './million.ts'
import { radix } from './radix.ts'
import { threads } from './threads.ts'
import { throughput } from './throughput.ts'
import { zeromq } from './zeromq.ts'

export function allCases(effort: Effort): Case[] {
  return [
    throughput,
    inproc,
    threads,
    latency,
    million,
    fanOut,
    fanIn,
    manyConnections,
    fairness,
    flatness,
    radix,
    micro,
    zeromq
  ].flatMap((cases) => cases(effort))
}
