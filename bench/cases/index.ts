/** All cases, in the order of the page. */
import type { Case, Effort } from '../harness/case.ts'
import { cluster } from './cluster.ts'
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
import { startup } from './startup.ts'
import { stuckPeers } from './stuck.ts'
import { threads } from './threads.ts'
import { throughput } from './throughput.ts'
import { zeromq } from './zeromq.ts'

export function allCases(effort: Effort): Case[] {
  return [
    throughput,
    inproc,
    threads,
    latency,
    cluster,
    million,
    fanOut,
    fanIn,
    stuckPeers,
    manyConnections,
    fairness,
    flatness,
    radix,
    startup,
    micro,
    zeromq
  ].flatMap((cases) => cases(effort))
}
