/** A transport over a byte stream whose peer the byte-level suites play themselves, and what they need of it. */
import { Pull, Push } from 'hubless'
import { expect } from 'vitest'
import { type BytePeer, connectBytes, hex } from '../helpers/bytes.ts'
import { nextEvent, tempPath, track } from '../helpers/sockets.ts'

/** Generous, since a test that waits for it has failed. */
export const patience = { timeout: 5000 }

export const pushHello = hex('00 53 50 00 00 50 00 00')

export class StreamCase {
  readonly name: 'tcp' | 'ipc'

  constructor(name: 'tcp' | 'ipc') {
    this.name = name
  }

  /** A fresh URL to bind. */
  url(): string {
    return this.name === 'tcp' ? 'tcp://127.0.0.1:0' : `ipc://${tempPath()}`
  }

  /** What stands before a payload of `size` bytes. */
  prefix(size: bigint | number): Buffer {
    const length = Buffer.alloc(8)
    length.writeBigUInt64BE(BigInt(size))
    return this.name === 'tcp' ? length : Buffer.concat([hex('01'), length])
  }

  frame(body: string | Buffer): Buffer {
    const bytes = Buffer.from(body as string)
    return Buffer.concat([this.prefix(bytes.length), bytes])
  }

  /** A bound PULL, and a client of it that has shaken hands as PUSH. */
  async served(pull = new Pull()): Promise<{ pull: Pull; url: string; peer: BytePeer }> {
    const { url } = await track(pull).bind(this.url())
    const attached = nextEvent(pull, 'attach')
    const peer = await connectBytes(url)
    await peer.greet(0x50)
    await attached
    return { pull, url, peer }
  }
}

/** TCP and IPC. TLS carries the same stream as TCP, so what is true of that holds inside it. */
export const streamCases: readonly StreamCase[] = [new StreamCase('tcp'), new StreamCase('ipc')]

/** The next client is taken and heard. */
export async function expectServing(pull: Pull, url: string): Promise<void> {
  const push = track(new Push())
  push.connect(url)
  await push.send('good')
  expect(String(await pull.recv(patience))).toBe('good')
}
