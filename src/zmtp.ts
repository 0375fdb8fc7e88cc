/**
 * `hubless/zmtp`: ZeroMQ peers. Importing it makes `zmtp+tcp://`, `zmtp+ipc://`, `zmtp+ws://` and `zmtp+wss://` known to every
 * socket of the process.
 *
 * @module hubless/zmtp
 */
// By its name, so that there is one copy of the core.
import 'hubless'
import { registerTransport } from './core/register.ts'
import { zmtpTransports } from './transports/zmtp/index.ts'

export { Dealer } from './protocols/dealer.ts'
export { Router } from './protocols/router.ts'
export { curveKeyPair } from './transports/zmtp/curve/keys.ts'
export type { ZmtpInfo } from './transports/zmtp/info.ts'
export type { CurveKeys, ZmtpOptions } from './transports/zmtp/options.ts'

for (const transport of zmtpTransports) registerTransport(transport)
