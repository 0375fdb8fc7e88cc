/** What a pattern lacks is not in its type; called from JavaScript it fails with `ENOTSUP`. */
import { SpError } from './errors.ts'

function fail(socket: object, method: string): never {
  throw new SpError('ENOTSUP', { message: `a ${(socket as { protocol: string }).protocol} socket has no ${method}` })
}

class Operations {
  async send(): Promise<never> {
    return fail(this, 'send')
  }

  async sendBatch(): Promise<never> {
    return fail(this, 'sendBatch')
  }

  batches(): never {
    return fail(this, 'batches')
  }

  async recv(): Promise<never> {
    return fail(this, 'recv')
  }

  async recvMessage(): Promise<never> {
    return fail(this, 'recvMessage')
  }

  trySend(): never {
    return fail(this, 'trySend')
  }

  tryRecv(): never {
    return fail(this, 'tryRecv')
  }

  [Symbol.asyncIterator](): never {
    return fail(this, 'messages to iterate')
  }
}

/** Base of sockets: all operations, for those that have them to replace. */
export const UnsupportedOperations: new () => object = Operations
