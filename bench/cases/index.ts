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
import { startup } from './startup.ts'
import { stuckPeers } from './stuck.ts'
import { throughput } from './throughput.ts'

export function allCases(effort: Effort): Case[] {
  return [
    throughput,
    inproc,
    latency,
    million,
    fanOut,
    fanIn,
    stuckPeers,
    manyConnections,
    fairness,
    flatness,
    radix,
    startup,
    micro
  ].flatMap((cases) => cases(effort))
}
