/** What an upgrade leads to: both directions, and pings that keep proxies from cutting and notice a peer that is gone. */
import type { Socket } from 'node:net'
import type { WebSocketOptions } from '../../core/options.ts'
import type { Session, SessionInfo } from '../stream/wire.ts'
import { WsDecoder } from './decoder.ts'
import { WsWriter } from './writer.ts'

const defaultInterval = 30_000
const longestInterval = 2 ** 31 - 1

/** `dialed`: whether the upgrade was ours; `rest` came after that of the peer. */
export function openSession(
  info: SessionInfo,
  rest: Uint8Array,
  dialed: boolean,
  { type = 'binary', pingInterval = defaultInterval }: WebSocketOptions = {}
): Session {
  return {
    info,
    rest,
    open({ stream, sendBuffer, recvMaxSize, sink, onRoom }) {
      const writer = new WsWriter(stream, { masked: dialed, type, limit: sendBuffer }, onRoom)
      const decoder = new WsDecoder({ masked: !dialed, limit: recvMaxSize }, writer, sink)
      if (pingInterval !== Infinity) keepAlive(stream, decoder, writer, Math.min(pingInterval, longestInterval))
      return { decoder, writer }
    }
  }
}

function keepAlive(stream: Socket, decoder: WsDecoder, writer: WsWriter, interval: number): void {
  let asked = false
  const timer = setInterval(() => {
    // While we do not read, no answer can be seen.
    if (asked && !decoder.heard && !stream.isPaused()) {
      stream.destroy(new Error(`the peer did not answer a ping within ${interval} ms`))
      return
    }
    decoder.heard = false
    asked = true
    writer.ping()
  }, interval).unref()
  stream.once('close', () => clearInterval(timer))
}
