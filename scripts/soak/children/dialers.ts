/** Those who come to one listener: thousands who stay, some of whom read nothing; or thousands who come and go. */
import { connect, type Socket } from 'node:net'
import { Push, Sub } from 'hubless'
import { answer } from '../../processes/answer.ts'
import { sample } from '../gauge.ts'

const hello = Buffer.from('0053500000210000', 'hex')
let sub: Sub | undefined
let received = 0
const silent: Socket[] = []

answer({
  /** Connects `count` dialers of one SUB that reads, and `mute` sockets that say hello and read nothing more. */
  stay: async (url: string, count: number, mute: number): Promise<void> => {
    const reader = new Sub({ handshakeTimeout: 60_000 })
    sub = reader
    reader.subscribe('')
    const port = Number(new URL(url).port)
    for (let i = 0; i < mute; i++) {
      const stream = connect(port, '127.0.0.1')
      silent.push(stream)
      stream.pause().write(hello)
    }
    for (let done = 0; done < count; done += 250) {
      const dialers = Array.from({ length: Math.min(250, count - done) }, () => reader.connect(url))
      await Promise.all(dialers.map((dialer) => dialer.whenConnected({ timeout: 60_000 })))
    }
    void (async () => {
      for await (const bodies of reader.batches()) received += bodies.length
    })()
  },
  received: () => received,
  leave: async () => {
    for (const stream of silent) stream.destroy()
    await sub?.close()
  },
  /**
   * Connects, sends one message and closes, `rate` times a second, for `ms`. Addresses of its own in turn: the ports of
   * one would be used up by connections that are over.
   */
  comeAndGo: async (url: string, rate: number, ms: number): Promise<{ sent: number; failed: number }> => {
    const began = performance.now()
    let [begun, sent, failed] = [0, 0, 0]
    const visit = async (number: number): Promise<void> => {
      const push = new Push()
      try {
        push.connect(url.replace('tcp://', `tcp://127.0.1.${1 + (number % 250)};`))
        await push.send('here', { timeout: 20_000 })
        await push.close({ linger: 20_000 })
        sent++
      } catch {
        failed++
        await push.close({ linger: 0 })
      }
    }
    const visits: Promise<void>[] = []
    for (let now = began; now < began + ms; now = performance.now()) {
      for (; begun < ((now - began) / 1000) * rate; begun++) visits.push(visit(begun))
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    await Promise.all(visits)
    return { sent, failed }
  },
  sample
})
