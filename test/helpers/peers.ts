/**
 * Peers that speak each transport by hand, so that what they say can be damaged on its way: a valid stream of hello and
 * frames in either direction, over TCP, IPC, TLS and WebSocket.
 */
import { createHash } from 'node:crypto'
import { connect as connectTls } from 'node:tls'
import { BytePeer, connectBytes, hex } from './bytes.ts'
import type { TransportCase } from './sockets.ts'

/** What a peer needs to know of the socket it talks to. */
interface Target {
  /** Pattern of the listening socket. */
  readonly server: string
  /** Endpoint id the peer claims to be. */
  readonly peer: number
}

/** All that a peer sends: what opens the connection, and the messages. */
export interface Talk {
  readonly greeting: Buffer
  readonly frames: Buffer
}

export interface HandMade {
  readonly name: string
  /** What a connecting peer sends. */
  request(target: Target, bodies: readonly Uint8Array[]): Talk
  /** What a listening peer sends, given what it was asked. */
  response(target: Target, bodies: readonly Uint8Array[], asked: Buffer): Talk
  /** Whether `asked` is complete, so that the response can be made. */
  ready(asked: Buffer): boolean
}

function hello(id: number): Buffer {
  return Buffer.from([0, 0x53, 0x50, 0, id >> 8, id & 0xff, 0, 0])
}

function stream(name: string, type: string): HandMade {
  const frames = (bodies: readonly Uint8Array[]): Buffer[] =>
    bodies.map((body) => {
      const prefix = Buffer.alloc(8)
      prefix.writeUInt32BE(body.length, 4)
      return Buffer.concat([hex(type), prefix, body])
    })
  const talk = ({ peer }: Target, bodies: readonly Uint8Array[]): Talk => ({
    greeting: hello(peer),
    frames: Buffer.concat(frames(bodies))
  })
  return { name, request: talk, response: talk, ready: () => true }
}

/** What answers the key of an upgrade request. */
export function acceptOf(asked: Buffer): string {
  const key = /^sec-websocket-key: *(.*)\r$/im.exec(asked.toString('latin1'))?.[1] ?? ''
  return createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
}

function webSocket(name: string): HandMade {
  const frames = (bodies: readonly Uint8Array[], masked: boolean): Buffer[] =>
    bodies.map((body) => {
      const length = body.length < 126 ? [body.length] : [126, body.length >> 8, body.length & 0xff]
      const head = Buffer.from([0x82, ...length])
      if (!masked) return Buffer.concat([head, body])
      head[1] = (head[1] as number) | 0x80
      const mask = Buffer.from([1, 2, 3, 4])
      return Buffer.concat([head, mask, body.map((byte, i) => byte ^ (mask[i & 3] as number))])
    })
  return {
    name,
    request: ({ server }, bodies) => {
      const lines = ['GET / HTTP/1.1', 'Host: 127.0.0.1', 'Upgrade: websocket', 'Connection: Upgrade']
      lines.push('Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==', 'Sec-WebSocket-Version: 13')
      lines.push(`Sec-WebSocket-Protocol: ${server}.sp.nanomsg.org`, '', '')
      return { greeting: Buffer.from(lines.join('\r\n')), frames: Buffer.concat(frames(bodies, true)) }
    },
    response: ({ server }, bodies, asked) => {
      const lines = ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade']
      lines.push(`Sec-WebSocket-Accept: ${acceptOf(asked)}`, `Sec-WebSocket-Protocol: ${server}.sp.nanomsg.org`, '', '')
      return { greeting: Buffer.from(lines.join('\r\n')), frames: Buffer.concat(frames(bodies, false)) }
    },
    ready: (asked) => asked.includes('\r\n\r\n')
  }
}

const handMade: readonly HandMade[] = [
  stream('tcp', ''),
  stream('ipc', '01'),
  stream('tls+tcp', ''),
  webSocket('ws'),
  webSocket('wss')
]

/** The peer for a transport; `undefined` for those without bytes. */
export function peerOf({ name }: TransportCase): HandMade | undefined {
  return handMade.find((peer) => peer.name === name)
}

/** The bytes under a URL: TCP or a UNIX socket. */
export function plainUrl(url: string): string {
  return url.replace(/^zmtp\+/, '').replace(/^(?:ws|wss|tls\+tcp):\/\/([^/]+).*$/, 'tcp://$1')
}

/** Connects to what a listener at `url` takes bytes on: inside TLS where there is TLS. */
export async function openPeer(url: string): Promise<BytePeer> {
  if (!/^(?:wss|tls)/.test(url)) return connectBytes(plainUrl(url))
  const { hostname, port } = new URL(plainUrl(url).replace('tcp:', 'http:'))
  const stream = connectTls({ host: hostname, port: Number(port), rejectUnauthorized: false })
  await new Promise((resolve, reject) => stream.once('secureConnect', resolve).once('error', reject))
  return new BytePeer(stream)
}
