/** Raw REQ: load-balances whatever it is given and hands over what comes back, the whole backtrace as header. */
import type { Message } from '../../core/message.ts'
import { DuplexSocket } from '../../core/messaging.ts'
import type { SocketOptions } from '../../core/options.ts'
import { type RawMessage, rawShape } from '../../core/raw.ts'
import { takeBacktrace } from '../backtrace.ts'
import { DealingProtocol, type TakeHeader } from '../dealing.ts'
import { reqIdentity } from './req.ts'

/** No TTL applies to replies; this bounds the time a damaged stack can take. */
const maxWords = 255

const takeHeader: TakeHeader = (message) => {
  const trace = takeBacktrace(message, maxWords)
  return 'header' in trace ? trace.header : undefined
}

/** REQ with headers. Nothing is validated on sending; without a peer `send` waits. */
export class RawReq extends DuplexSocket<RawMessage, Message, DealingProtocol> {
  constructor(options?: SocketOptions) {
    super({ ...reqIdentity, create: (context) => new DealingProtocol(context, takeHeader) }, rawShape, options)
  }
}
