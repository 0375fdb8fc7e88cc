/**
 * `hubless/raw`: the raw twin of every socket, which sends and receives `{ header, body }`, and devices, which forward
 * between them. Raw and cooked sockets are the same to a peer.
 *
 * @module hubless/raw
 */
// By its name, so that the condition `browser` chooses what is set up: for Node or for pages.
import 'hubless'

export type { Message } from './core/message.ts'
export type { RawMessage } from './core/raw.ts'
export { type DeviceOptions, type DeviceSocket, device } from './devices/device.ts'
export { RawBus as Bus } from './protocols/bus.ts'
export { RawPair as Pair } from './protocols/pair.ts'
export { RawPull as Pull, RawPush as Push } from './protocols/pipeline.ts'
export { RawPub as Pub } from './protocols/pubsub/pub.ts'
export { RawSub as Sub } from './protocols/pubsub/sub.ts'
export { RawReq as Req } from './protocols/reqrep/raw-req.ts'
export { RawRep as Rep } from './protocols/reqrep/rep.ts'
export { RawSurveyor as Surveyor } from './protocols/survey/raw-surveyor.ts'
export { RawRespondent as Respondent } from './protocols/survey/respondent.ts'
