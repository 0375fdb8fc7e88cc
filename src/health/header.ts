/**
 * The passive probe: reads the eight bytes that an SP endpoint sends first, and leaves. The probe sends nothing, so the
 * handshake never completes and no pipe joins: nothing can be routed to it. sp-tcp-mapping §2.
 */
import type { Socket } from 'node:net'
import { Finding } from './finding.ts'

const length = 8
const expected = [0x00, 0x53, 0x50, 0x00, undefined, undefined, 0x00, 0x00]

/** Resolves with the endpoint id of the peer. Throws a `Finding`. */
export function readHeader(socket: Socket, signal: AbortSignal): Promise<number> {
  return new Promise((resolve, reject) => {
    let received: Buffer = Buffer.alloc(0)
    const onData = (chunk: Buffer): void => {
      received = Buffer.concat([received, chunk])
      if (!isPrefix(received)) reject(new Finding('not-sp', `${show(received)} is no SP header`))
      else if (received.length >= length) resolve(received.readUInt16BE(4))
    }
    const onEnd = (): void => {
      if (received.length === 0) reject(new Finding('closed', 'it closed the connection before its SP header'))
      else reject(new Finding('not-sp', `it closed the connection after ${show(received)}, which is no SP header`))
    }
    const onAbort = (): void => {
      reject(new Finding('silent', 'it accepted the connection and sent no SP header before the deadline', 'ETIMEDOUT'))
    }
    socket.on('data', onData).on('end', onEnd).on('close', onEnd)
    if (signal.aborted) onAbort()
    else signal.addEventListener('abort', onAbort, { once: true })
  })
}

function isPrefix(bytes: Buffer): boolean {
  return expected.every((byte, i) => i >= bytes.length || byte === undefined || byte === bytes[i])
}

/** The first bytes, as text where they are text. */
function show(bytes: Buffer): string {
  const first = bytes.subarray(0, 16)
  const text = first.toString('latin1')
  return /^[\x20-\x7e\r\n\t]+$/.test(text) ? JSON.stringify(text) : first.toString('hex').replace(/..(?=.)/g, '$& ')
}
