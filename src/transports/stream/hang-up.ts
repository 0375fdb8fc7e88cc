/**
 * Ends a stream that nobody wants, without breaking it. An nng whose IPC connection is torn down while it gets ready to
 * shake hands does not notice: that listener or dialer stalls until its handshake timeout of ten seconds.
 */
import type { Socket } from 'node:net'

/** How long the peer may take to end its side, ms. */
const patience = 1000

export function hangUp(stream: Socket): void {
  stream.on('error', () => {})
  if (stream.connecting || stream.destroyed) {
    stream.destroy()
    return
  }
  const timer = setTimeout(() => stream.destroy(), patience).unref()
  stream.once('close', () => clearTimeout(timer))
  stream.unref()
  // What the peer sends must be read, or closing would reset the connection.
  stream.resume().end()
}
