/** Ends streams without breaking them: of peers that nobody wants, and of those that were told why it is over. */
import type { Socket } from 'node:net'

/** How long the peer may take to end its side once everything has left, and to read on until then, ms. */
export const patience = 1000

/**
 * Ends a stream that nobody wants. An nng whose IPC connection is torn down while it gets ready to shake hands does not
 * notice: that listener or dialer stalls until its handshake timeout of ten seconds.
 */
export function hangUp(stream: Socket): void {
  if (stream.connecting) stream.destroy()
  stream.unref()
  windDown(stream, true)
}

/** Lets what was written leave for as long as the peer reads it, and discards what arrives. */
export function windDown(stream: Socket, background = false): void {
  stream.on('error', () => {})
  if (stream.destroyed) return
  let left = Number.POSITIVE_INFINITY
  let timer: NodeJS.Timeout
  const wait = (): void => {
    timer = setTimeout(look, patience)
    if (background) timer.unref()
  }
  const look = (): void => {
    const length = stream.writableLength
    if (length === 0 || length >= left) return void stream.destroy()
    left = length
    wait()
  }
  wait()
  stream.once('close', () => clearTimeout(timer))
  // What the peer sends must be read, or closing would reset the connection.
  stream.resume().end()
}
