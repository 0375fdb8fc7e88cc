/** ActiveMQ over STOMP: a topic, and a subscription that acknowledges nothing. */
import { type Args, bodies, load, Meter, main, over, ready, Sending } from './bench.ts'

interface Frame extends NodeJS.ReadableStream {
  readonly headers: { readonly 'content-length': string }
}

interface Client {
  /** Its callback says when the frame has left. */
  send(headers: object): { end(body: Buffer, sent?: () => void): void }
  subscribe(headers: object, listener: (error: Error | null, frame: Frame) => void): void
}

interface Module {
  connect(options: object, connected: (error: Error | null, client: Client) => void): void
}

const { default: stompit } = await load<{ default: Module }>('stompit')

const destination = '/topic/bench'
const unsentBytes = 65_536

function open({ url }: Args): Promise<Client> {
  const { hostname: host, port } = new URL(url)
  const options = { host, port: Number(port), connectHeaders: { host: '/', 'heart-beat': '0,0' } }
  return new Promise((resolve, reject) => {
    stompit.connect(options, (error, client) => (error === null ? resolve(client) : reject(error)))
  })
}

async function send(args: Args): Promise<void> {
  const client = await open(args)
  ready()
  const body = bodies(args)
  const batch = Math.max(1, Math.floor(unsentBytes / args.size))
  const headers = { destination, 'content-length': args.size }
  const sending = new Sending(args)
  for (let sent = 1; sending.next(); sent++) {
    const frame = client.send({ ...headers })
    if (sent % batch !== 0) frame.end(body())
    else await new Promise<void>((resolve) => frame.end(body(), resolve))
  }
  sending.report()
  await over()
}

async function recv(args: Args): Promise<void> {
  const client = await open(args)
  const meter = new Meter(args)
  await new Promise<void>((resolve, reject) => {
    client.subscribe({ destination, ack: 'auto' }, (error, frame) => {
      if (error !== null) return reject(error)
      const chunks: Buffer[] = []
      frame.on('data', (chunk: Buffer) => chunks.push(chunk))
      frame.on('end', () => {
        if (meter.take(Buffer.concat(chunks))) resolve()
      })
    })
    // The broker does not say when it has subscribed: it takes the lines of a connection in order, and a moment.
    setTimeout(ready, settle)
  })
  meter.report()
}

const settle = 300

await main({ send, stamp: send, recv, delay: recv })
