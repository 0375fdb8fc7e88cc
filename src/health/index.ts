/**
 * `hubless/health`: probes an endpoint from outside, and answers probes of the process itself.
 *
 * @module hubless/health
 */
export type { Aspect } from './aspects.ts'
export type { CheckFunction, CheckOptions, CheckResult } from './check.ts'
export type { AnyCluster, ClusterWatchOptions } from './cluster.ts'
export type { Expectation } from './expect.ts'
export { type Health, health } from './health.ts'
export type { HealthOptions, HealthServeOptions, HttpOptions } from './health-options.ts'
export { probe } from './probe.ts'
export type { ProbeOptions } from './probe-options.ts'
export type { ProtocolName } from './protocols.ts'
export type { HealthReport } from './report.ts'
export type { Level, ProbeResult, Stage } from './result.ts'
export type { HealthState } from './state.ts'
export { type Status, type Verdict, verdicts } from './verdicts.ts'
export type { WatchOptions } from './watch.ts'
