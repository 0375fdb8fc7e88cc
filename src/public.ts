/** What every entry exports: the sockets, their types, and what it takes to add transports and protocols. */
export type { BodyInput } from './core/body.ts'
export type { Codec } from './core/codec.ts'
export { ConnectionLife, type ConnectionState } from './core/connection-life.ts'
// for whoever adds a protocol
export type { SocketContext } from './core/context.ts'
export type { Dialer, DialerState, UrlFactory } from './core/dialer.ts'
export type { ErrorCode } from './core/error-table.ts'
export { SpError, type SpErrorDetails } from './core/errors.ts'
export type { DropDetails, DropEvent, SocketEventName, SocketEvents } from './core/events.ts'
// for whoever adds a transport
export { Incoming } from './core/incoming.ts'
export { Intake, type PipeIntake } from './core/intake.ts'
export type { Listener, ListenerState } from './core/listener.ts'
export type { Message } from './core/message.ts'
export {
  type BatchOptions,
  DuplexSocket,
  type RecvEngine,
  RecvSocket,
  type SendEngine,
  SendSocket
} from './core/messaging.ts'
export type {
  Authorize,
  CodecOption,
  EndpointOptions,
  HopOptions,
  IpcOptions,
  Overflow,
  ReqOnlyOptions,
  ResolvedEndpointOptions,
  ResolvedOptions,
  SocketOptions,
  SubOnlyOptions,
  SurveyorOnlyOptions,
  TransportOptions,
  WebSocketOptions
} from './core/options.ts'
export type {
  ConnectionInfo,
  EndpointInfo,
  Peer,
  PeerInfo,
  PipeState,
  ProtocolIdentity,
  TlsCertificate,
  TlsInfo,
  UpgradeInfo
} from './core/peer.ts'
export type { Pipe } from './core/pipe.ts'
export type { Body } from './core/platform.ts'
export type { Port } from './core/port.ts'
export type { Open, Protocol, ProtocolDefinition, Receiver, Sender } from './core/protocol.ts'
export { type RawMessage, rawShape } from './core/raw.ts'
export type { DetachReason, DropReason, RejectReason } from './core/reasons.ts'
export { registerTransport } from './core/register.ts'
export { Broadcast } from './core/routing/broadcast.ts'
export { Distributor } from './core/routing/distributor.ts'
export { Inbox } from './core/routing/inbox.ts'
export { LoadBalancer } from './core/routing/load-balancer.ts'
export { Outbox } from './core/routing/outbox.ts'
export type { OptionRule } from './core/rules.ts'
export { cookedShape, type Shape } from './core/shape.ts'
export type { CloseOptions, Socket, SocketState } from './core/socket.ts'
export { Machine, type StateTable, type Transitions } from './core/state-machine.ts'
export type {
  ConnectionCounts,
  Drops,
  EndpointStats,
  MessageCounts,
  PipeStats,
  Rejects,
  SocketStats
} from './core/stats.ts'
export {
  type AddressCheck,
  type Binding,
  type Connection,
  type ConnectionSink,
  type DialRequest,
  type EndpointRequest,
  type ListenRequest,
  type Loss,
  Refusal,
  type Role,
  type Transport
} from './core/transport.ts'
export type { RecvOptions, WaitOptions } from './core/waiting.ts'
// the patterns
export { Bus } from './protocols/bus.ts'
export { Pair } from './protocols/pair.ts'
export { Pull, Push } from './protocols/pipeline.ts'
export { Pub } from './protocols/pubsub/pub.ts'
export { Sub } from './protocols/pubsub/sub.ts'
export { Rep } from './protocols/reqrep/rep.ts'
export { Req, type RequestOptions } from './protocols/reqrep/req.ts'
export type { Handler, Request, ServeOptions } from './protocols/serving.ts'
export { Respondent } from './protocols/survey/respondent.ts'
export type { SurveyOptions } from './protocols/survey/responses.ts'
export { Surveyor } from './protocols/survey/surveyor.ts'
