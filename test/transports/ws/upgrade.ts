/** WebSocket at byte level: requests, answers and frames as literal text and bytes. */
import { createHash } from 'node:crypto'
import { type BytePeer, connectBytes } from '../../helpers/bytes.ts'

export const key = 'dGhlIHNhbXBsZSBub25jZQ=='

export interface RequestParts {
  readonly line?: string
  /** Headers to replace, by name as below; `undefined` leaves one out. */
  readonly headers?: Readonly<Record<string, string | undefined>>
}

/** A valid upgrade request for a PAIR listener, but for what is given. */
export function upgradeRequest({ line = 'GET / HTTP/1.1', headers = {} }: RequestParts = {}): Buffer {
  const all: Record<string, string | undefined> = {
    Host: 'localhost',
    Upgrade: 'websocket',
    Connection: 'Upgrade',
    'Sec-WebSocket-Key': key,
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Protocol': 'pair.sp.nanomsg.org',
    ...headers
  }
  const lines = Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}`]))
  return Buffer.from(`${[line, ...lines].join('\r\n')}\r\n\r\n`)
}

export function acceptOf(requestKey: string): string {
  return createHash('sha1').update(`${requestKey}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
}

/** Reads up to the blank line. */
export async function readHead(peer: BytePeer): Promise<string> {
  let head = ''
  while (!head.endsWith('\r\n\r\n')) head += String(await peer.read(1))
  return head
}

/** A client whose upgrade to a PAIR listener is done. */
export async function connectFrames(url: string, parts?: RequestParts): Promise<BytePeer> {
  const peer = await connectBytes(url)
  peer.send(upgradeRequest(parts))
  const head = await readHead(peer)
  if (!head.startsWith('HTTP/1.1 101 ')) throw new Error(head)
  return peer
}

/** Sends a request and returns the whole answer, after which the connection must end. */
export async function ask(url: string, request: Uint8Array): Promise<string> {
  const peer = await connectBytes(url)
  peer.send(request)
  return String(await peer.closed)
}

/** A client frame, masked; `first` is the byte with FIN and opcode. */
export function frame(first: number, payload: string | Uint8Array = '', mask = [1, 2, 3, 4]): Buffer {
  const body = Buffer.from(payload as string)
  const length = body.length < 126 ? [0x80 | body.length] : [0x80 | 126, body.length >> 8, body.length & 255]
  return Buffer.from([first, ...length, ...mask, ...body.map((byte, i) => byte ^ (mask[i % 4] as number))])
}

/** Waits for a Close frame without payload beyond the code, skipping nothing. */
export async function readClose(peer: BytePeer): Promise<number> {
  const [first, length = 0] = await peer.read(2)
  if (first !== 0x88) throw new Error(`not a Close frame: ${first?.toString(16)}`)
  const payload = await peer.read(length & 0x7f)
  return payload.length < 2 ? 1005 : payload.readUInt16BE(0)
}
