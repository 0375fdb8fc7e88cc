/**
 * The passive probe: reads the bytes that an endpoint sends first, and leaves. The probe sends nothing, so the handshake
 * never completes and no pipe joins: nothing can be routed to it. sp-tcp-mapping §2: eight bytes, with the id of the
 * endpoint. ZMTP 3.1: ten bytes, before which libzmq says nothing of itself.
 */
import type { Socket } from 'node:net'
import { Finding } from './finding.ts'

/** What a hello looks like; `undefined` is any byte. */
interface Hello {
  readonly name: string
  readonly bytes: readonly (number | undefined)[]
}

const sp: Hello = { name: 'SP header', bytes: [0x00, 0x53, 0x50, 0x00, undefined, undefined, 0x00, 0x00] }
const zmtp: Hello = { name: 'ZMTP greeting', bytes: [0xff, ...new Array(8).fill(undefined), 0x7f] }

/** Resolves with the endpoint id of the peer. Throws a `Finding`. */
export async function readHeader(socket: Socket, signal: AbortSignal): Promise<number> {
  return (await readHello(socket, signal, sp)).readUInt16BE(4)
}

/** Resolves once the peer has begun its greeting. Throws a `Finding`. */
export async function readGreeting(socket: Socket, signal: AbortSignal): Promise<void> {
  await readHello(socket, signal, zmtp)
}

function readHello(socket: Socket, signal: AbortSignal, { name, bytes }: Hello): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let received: Buffer = Buffer.alloc(0)
    const onData = (chunk: Buffer): void => {
      received = Buffer.concat([received, chunk])
      if (!begins(received, bytes)) reject(new Finding('not-sp', `${show(received)} is no ${name}`))
      else if (received.length >= bytes.length) resolve(received)
    }
    const onEnd = (): void => {
      if (received.length === 0) reject(new Finding('closed', `it closed the connection before its ${name}`))
      else reject(new Finding('not-sp', `it closed the connection after ${show(received)}, which is no ${name}`))
    }
    const onAbort = (): void => {
      reject(new Finding('silent', `it accepted the connection and sent no ${name} before the deadline`, 'ETIMEDOUT'))
    }
    socket.on('data', onData).on('end', onEnd).on('close', onEnd)
    if (signal.aborted) onAbort()
    else signal.addEventListener('abort', onAbort, { once: true })
  })
}

function begins(received: Uint8Array, bytes: Hello['bytes']): boolean {
  return bytes.every((byte, i) => i >= received.length || byte === undefined || byte === received[i])
}

/** The first bytes, as text where they are text. */
function show(bytes: Buffer): string {
  const first = bytes.subarray(0, 16)
  const text = first.toString('latin1')
  return /^[\x20-\x7e\r\n\t]+$/.test(text) ? JSON.stringify(text) : first.toString('hex').replace(/..(?=.)/g, '$& ')
}
