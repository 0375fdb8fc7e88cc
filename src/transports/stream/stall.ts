/**
 * Notices a stream whose bytes do not move although some wait: its peer is frozen, unreachable, or does not read. What the
 * system has taken is out of sight, so that a little for a peer that is gone stalls nothing.
 */
import type { Socket } from 'node:net'

const longestInterval = 2 ** 31 - 1

/** Where node:net itself looks whether a write gets on that the system takes bit by bit. Other runtimes may not tell. */
interface WithHandle {
  readonly _handle?: { readonly writeQueueSize?: number } | null
}

/** Calls `stalled` once, when nothing has moved for `timeout` ms, or up to half of that more; never for `Infinity`. */
export function watchForStall(stream: Socket, timeout: number, stalled: () => void): void {
  if (timeout === Infinity) return
  /** Bytes that the system has taken, in writes that are done and of the one that is under way. */
  let taken = -1
  let left = -1
  let still = 0
  const look = (): void => {
    const [takenNow, leftNow] = [
      stream.bytesWritten - stream.writableLength,
      (stream as WithHandle)._handle?.writeQueueSize ?? 0
    ]
    still = stream.writableLength > 0 && taken === takenNow && left === leftNow ? still + 1 : 0
    taken = takenNow
    left = leftNow
    if (still < 2) return
    clearInterval(timer)
    stalled()
  }
  const timer = setInterval(look, Math.min(timeout / 2, longestInterval)).unref()
  stream.once('close', () => clearInterval(timer))
}
