/** What DEALER and ROUTER share: bodies of several frames, and the schemes over which these can go. */
import { type BodyInput, toBytes } from '../core/body.ts'
import type { Dialer, UrlFactory } from '../core/dialer.ts'
import { SpError } from '../core/errors.ts'
import { frameTable, joinFrames, splitFrames } from '../core/frame-table.ts'
import { type Incoming, writeWord } from '../core/incoming.ts'
import type { Listener } from '../core/listener.ts'
import { DuplexSocket, type RecvEngine, type SendEngine } from '../core/messaging.ts'
import type { EndpointOptions } from '../core/options.ts'
import { type Body, platform } from '../core/platform.ts'
import { show } from '../core/rules.ts'
import type { Shape } from '../core/shape.ts'

/** The frames that an application sends, as bytes; its lone body is one frame. */
function framesOf(message: BodyInput | readonly BodyInput[]): Body[] {
  if (!Array.isArray(message)) return [toBytes(message)]
  if (message.length > 0) return message.map(toBytes)
  throw new SpError('EINVAL', { message: 'a message has one frame at least' })
}

export const framesShape: Shape<BodyInput | readonly BodyInput[], Body[]> = {
  header: (message) => frameTable(framesOf(message).map(({ length }) => length)),
  body: (message) => joinFrames(framesOf(message)),
  open: (body, header) => splitFrames(header, body),
  openMessage: (body, header, pipe) => ({ body: splitFrames(header, body), header: platform.empty, pipe })
}

/** Takes the table off a message. */
export function takeTable(message: Incoming): Body {
  const count = message.word()
  const table = platform.allocate(4 * count)
  writeWord(table, 0, count)
  for (let i = 1; i < count; i++) writeWord(table, 4 * i, message.word())
  return table
}

export abstract class FramesSocket<Out, In, P extends SendEngine & RecvEngine> extends DuplexSocket<Out, In, P> {
  /** As that of every socket; rejects with `ENOTSUP` for a scheme that carries no frames. */
  override async bind(url: string, options?: EndpointOptions): Promise<Listener> {
    this.#check(url)
    return super.bind(url, options)
  }

  /** As that of every socket; throws `ENOTSUP` for a scheme that carries no frames. */
  override connect(target: string | UrlFactory, options?: EndpointOptions): Dialer {
    if (typeof target !== 'function') {
      this.#check(target)
      return super.connect(target, options)
    }
    const factory: UrlFactory = async () => {
      const url = await target()
      this.#check(url)
      return url
    }
    return super.connect(factory, options)
  }

  #check(url: unknown): void {
    if (typeof url !== 'string' || /^zmtp\+/.test(url)) return
    const message = `a ${this.protocol} has messages of several frames, which ${show(url)} does not carry; use zmtp+tcp://`
    throw new SpError('ENOTSUP', { message, endpoint: url })
  }
}
