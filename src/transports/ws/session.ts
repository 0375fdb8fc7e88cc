/** What an upgrade leads to: both directions, and pings that keep proxies from cutting and notice a peer that is gone. */
import type { Socket } from 'node:net'
import type { WebSocketOptions } from '../../core/options.ts'
import type { Session, SessionInfo } from '../stream/wire.ts'
import { WsDecoder } from './decoder.ts'
import { WsWriter } from './writer.ts'

export const defaultInterval = 30_000
const longestInterval = 2 ** 31 - 1

/** `dialed`: whether the upgrade was ours; `rest` came after that of the peer. */
export function openSession(
  info: SessionInfo,
  rest: Uint8Array,
  dialed: boolean,
  { type = 'binary', pingInterval = defaultInterval, maxFragments }: WebSocketOptions = {}
): Session {
  return {
    info,
    rest,
    open({ stream, limit, recvMaxSize, sink, onRoom }) {
      const writer = new WsWriter(stream, { masked: dialed, type, limit }, onRoom)
      const decoder = new WsDecoder({ masked: !dialed, limit: recvMaxSize, maxFragments }, writer, sink)
      keepAlive(stream, decoder, writer, pingInterval)
      return { decoder, writer }
    }
  }
}

/**
 * Pings every interval. The peer is gone when nothing comes until the next one and half an interval more: one that is
 * stopped by back-pressure cannot answer, but sends pings of its own, at about the same time as we do.
 */
export function keepAlive(stream: Socket, decoder: WsDecoder, writer: WsWriter, interval: number): void {
  if (interval === Infinity) return
  /** Half intervals since the first ping that nothing followed; -1 when there is none. */
  let silent = -1
  let isDue = false
  const timer = setInterval(() => {
    // Where we do not read, or the peer does not, no answer can come.
    const isStuck = stream.isPaused() || writer.pendingBytes > 0
    if (decoder.heard || isStuck) silent = -1
    else if (silent >= 0) silent++
    decoder.heard = false
    if (silent >= 3) stream.destroy(new Error(`the peer did not answer a ping within ${interval} ms`))
    else if (isDue && writer.pendingBytes === 0) {
      writer.ping()
      silent = Math.max(silent, 0)
    }
    isDue = !isDue
  }, Math.min(interval, longestInterval) / 2).unref()
  stream.once('close', () => clearInterval(timer))
}
