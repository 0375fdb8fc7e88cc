/**
 * `hubless/cluster`: talk to a service, not to a node. Five verbs on a name (request, broadcast, survey, publish and
 * subscribe, tunnel) between processes that find each other. See docs/cluster.md.
 *
 * @module hubless/cluster
 */
export { Cluster, type ClusterState } from './cluster.ts'
export type {
  CallVerb,
  Desk,
  Engine,
  EngineFactory,
  EngineHost,
  Failure,
  IncomingCall,
  MemberInfo,
  OutgoingCall,
  OutgoingSurvey,
  Registration,
  RemoteDetails,
  Tally,
  TunnelCarrier,
  TunnelSink
} from './engine/engine.ts'
export { failureError, RemoteError } from './errors.ts'
export type { ClusterEventName, ClusterEvents } from './events.ts'
export { type DnsOptions, type DnsResolver, dns } from './membership/dns.ts'
export { type FixedOptions, fixed } from './membership/fixed.ts'
export { hub } from './membership/hub.ts'
export { Hub, type HubOptions, type HubStats } from './membership/hub-server.ts'
export { type LanOptions, lan, type MulticastDns } from './membership/lan.ts'
export { type LocalOptions, local } from './membership/local.ts'
export type {
  Membership,
  MembershipFactory,
  MembershipHost,
  SightedService,
  Sighting
} from './membership/membership.ts'
export type { ClusterDropReason } from './reasons.ts'
export type { ServiceState } from './service.ts'
export type { Service } from './services.ts'
export type { MemberStats } from './statistics.ts'
export type { Subscription } from './subscription.ts'
export type { Tunnel, TunnelState } from './tunnel/tunnel.ts'
export type {
  CallOptions,
  ClusterOptions,
  ClusterStats,
  ClusterSurvey,
  ClusterSurveyOptions,
  DirectStats,
  HandlerCall,
  Handlers,
  PeerStats,
  Publication,
  ServeOptions,
  ServiceStats,
  SubscribeOptions,
  SurveyAnswer,
  TunnelOptions
} from './types.ts'
