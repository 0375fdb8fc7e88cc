/**
 * For process-exit.test.ts: opens, uses and closes sockets of every transport given as JSON of `{ url, bind, connect }`, in the ways that
 * leave timers, handles and listeners behind where something forgets them, and then has nothing more to do. Whoever
 * waits for its end sees whether anything keeps it alive.
 */
import {
  Bus,
  type EndpointOptions,
  Pair,
  Pub,
  Pull,
  Push,
  Rep,
  Req,
  Respondent,
  Sub,
  Surveyor
} from '../../../src/index.ts'
import '../../../src/threads.ts'

interface Place {
  readonly url: string
  readonly bind?: EndpointOptions
  readonly connect?: EndpointOptions
}

/** A URL beside `url`: port 0 is another one each time. */
const beside = (url: string, name: string): string => (url.endsWith(':0') ? url : `${url}-${name}`)

async function use({ url, bind, connect }: Place): Promise<void> {
  const [push, pull] = [new Push(), new Pull()]
  const listener = await push.bind(url, bind)
  await pull.connect(listener.url, connect).whenConnected()
  await push.send('hello')
  const iterator = pull[Symbol.asyncIterator]()
  await iterator.next()
  const left = iterator.next()

  const [rep, req] = [new Rep(), new Req()]
  void rep.serve(({ body }) => body)
  req.connect((await rep.bind(beside(url, 'rep'), bind)).url, connect)
  await req.request('answered')
  const aborted = new AbortController()
  const given = [
    req.request('given up', { signal: aborted.signal, timeout: 60_000 }),
    pull.recv({ timeout: 60_000 }),
    pull.waitForPeers(9, { timeout: 60_000 })
  ]
  // The resend timer of an outstanding request, and one that waits for a peer.
  await req.send('outstanding')
  const lone = new Req()
  await lone.send('nobody there')
  const survey = new Surveyor({ deadline: 60_000 })
  await survey.send('anybody?')
  const answers = survey.survey('anybody else?', { deadline: 60_000, quiet: 50_000, signal: aborted.signal })
  const settled = Promise.allSettled([...given, left, answers.next()])

  await Promise.all([push, pull, rep, req, lone, survey].map((socket) => socket.close()))
  await settled
}

/** Nobody there, a peer that never shakes hands, a wrong peer, and a close in the middle of everything. */
async function misuse({ url, bind, connect }: Place): Promise<void> {
  const waiting = new Pair({ reconnectInterval: 60_000, reconnectIntervalMax: 60_000 })
  const failed = new Promise((resolve) => waiting.once('retry', resolve))
  waiting.connect('tcp://127.0.0.1:1')
  await failed
  const resolving = new Pair()
  resolving.connect('tcp://does-not-exist.invalid:5555')
  const sub = new Sub()
  const bound = await sub.bind(beside(url, 'misuse'), bind)
  const wrong = new Pull()
  const refused = new Promise((resolve) => wrong.once('reject', resolve))
  wrong.connect(bound.url, connect)
  await refused
  const pub = new Pub()
  pub.connect(bound.url, connect)
  const bus = new Bus()
  const binding = bus.bind(beside(url, 'bus'), bind).catch(() => {})
  const respondent = new Respondent()
  const discarded = new Push({ sendBuffer: 10_000_000 })
  const reader = new Pull({ recvBuffer: 1 })
  reader.connect((await discarded.bind(beside(url, 'full'), bind)).url, connect)
  await discarded.waitForPeers(1)
  for (let i = 0; i < 9; i++) discarded.trySend(Buffer.alloc(900_000))
  await Promise.all([
    ...[waiting, resolving, sub, wrong, pub, bus, respondent].map((socket) => socket.close()),
    discarded.close({ linger: 50 }),
    reader.close({ linger: 0 })
  ])
  await binding
}

for (const place of process.argv.slice(2).map((text) => JSON.parse(text) as Place)) {
  await use(place)
  await misuse(place)
}
// What belongs to the process itself, or to a handle on its way out.
const own = new Set(['PipeWrap', 'TTYWrap', 'FSReqCallback', 'CloseReq', 'SimpleShutdownWrap', 'FileHandle'])
const left = (): string[] => process.getActiveResourcesInfo().filter((name) => !own.has(name))
// The ends of connections may need some turns; timers of minutes would stay.
for (let i = 0; i < 50 && left().length > 0; i++) await new Promise((resolve) => setTimeout(resolve, 10))
console.log(JSON.stringify(left()))
