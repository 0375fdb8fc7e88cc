/**
 * What carries one connection between two threads: whole messages in order, each way, and the news that the other thread
 * is gone. A message port is one; pages, which cannot hand ports to threads they did not start, have another.
 */
export interface Channel {
  /** From now on `ear` is told; nothing is lost before the first call. */
  listen(ear: Ear): void
  /** `moved` are the buffers in `data` that the other side shall have, instead of a copy. */
  post(data: unknown, moved?: ArrayBuffer[]): void
  /** Nothing is heard any more. What was posted still arrives. */
  close(): void
}

export interface Ear {
  heard(data: unknown): void
  /** The other side is gone. Whoever closes says so before, in a message. */
  gone(): void
}

/** `MessagePort`, of pages and of Node alike. */
export interface Port {
  onmessage: ((event: { data: unknown }) => void) | null
  addEventListener(type: 'close', listener: () => void): void
  postMessage(data: unknown, moved?: ArrayBuffer[]): void
  close(): void
}

export class PortChannel implements Channel {
  readonly #port: Port
  #ear: Ear | undefined

  constructor(port: Port) {
    this.#port = port
  }

  listen(ear: Ear): void {
    const first = this.#ear === undefined
    this.#ear = ear
    if (!first) return
    this.#port.addEventListener('close', () => this.#ear?.gone())
    this.#port.onmessage = ({ data }) => this.#ear?.heard(data)
  }

  post(data: unknown, moved?: ArrayBuffer[]): void {
    this.#port.postMessage(data, moved)
  }

  close(): void {
    this.#ear = deaf
    this.#port.close()
  }
}

const deaf: Ear = { heard: () => {}, gone: () => {} }

/** Two ends in one thread. */
export function channelPair(): [Channel, Channel] {
  const { port1, port2 } = new MessageChannel() as unknown as { port1: Port; port2: Port }
  return [new PortChannel(port1), new PortChannel(port2)]
}
