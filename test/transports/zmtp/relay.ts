/** Somebody between two sockets, who sees and changes what one of them says. */
import { connect as connectTcp, createServer, type Socket as Stream } from 'node:net'

/** A way through which every chunk of the client goes; returns the URL to connect to. */
export function relay(port: number, change: (chunk: Buffer) => Buffer): Promise<string> {
  return new Promise((resolve) => {
    const relaying = createServer((from: Stream) => {
      const to = connectTcp(port, '127.0.0.1')
      from.on('data', (chunk: Buffer) => to.write(change(chunk)))
      to.on('data', (chunk: Buffer) => from.write(chunk))
      for (const [one, other] of [
        [from, to],
        [to, from]
      ] as const) {
        one.on('error', () => {}).on('close', () => other.destroy())
      }
    }).listen(0, '127.0.0.1', () => {
      const address = relaying.address() as { port: number }
      relaying.unref()
      resolve(`zmtp+tcp://127.0.0.1:${address.port}`)
    })
  })
}
