/**
 * For process-exit.test.ts: opens, uses and closes sockets of every transport given as `name=url`, in the ways that
 * leave timers, handles and listeners behind where something forgets them, and then has nothing more to do. Whoever
 * waits for its end sees whether anything keeps it alive.
 */
import { Bus, Pair, Pub, Pull, Push, Rep, Req, Respondent, Sub, Surveyor } from '../../../src/index.ts'

async function use(url: string): Promise<void> {
  const [push, pull] = [new Push(), new Pull()]
  const listener = await push.bind(url)
  await pull.connect(listener.url).whenConnected()
  await push.send('hello')
  const iterator = pull[Symbol.asyncIterator]()
  await iterator.next()
  const left = iterator.next()

  const [rep, req] = [new Rep(), new Req()]
  void rep.serve(({ body }) => body)
  req.connect((await rep.bind(url === listener.url ? `${url}-rep` : url)).url)
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
async function misuse(url: string): Promise<void> {
  const waiting = new Pair({ reconnectInterval: 60_000, reconnectIntervalMax: 60_000 })
  const failed = new Promise((resolve) => waiting.once('retry', resolve))
  waiting.connect('tcp://127.0.0.1:1')
  await failed
  const resolving = new Pair()
  resolving.connect('tcp://does-not-exist.invalid:5555')
  const sub = new Sub()
  const bound = await sub.bind(`${url}${url.startsWith('tcp') ? '' : '-misuse'}`)
  const wrong = new Pull()
  const refused = new Promise((resolve) => wrong.once('reject', resolve))
  wrong.connect(bound.url)
  await refused
  const pub = new Pub()
  pub.connect(bound.url)
  const bus = new Bus()
  const binding = bus.bind(`${url}${url.startsWith('tcp') ? '' : '-bus'}`).catch(() => {})
  const respondent = new Respondent()
  const discarded = new Push({ sendBuffer: 10_000_000 })
  const reader = new Pull({ recvBuffer: 1 })
  reader.connect((await discarded.bind(`${url}${url.startsWith('tcp') ? '' : '-full'}`)).url)
  await discarded.waitForPeers(1)
  for (let i = 0; i < 9; i++) discarded.trySend(Buffer.alloc(900_000))
  await Promise.all([
    ...[waiting, resolving, sub, wrong, pub, bus, respondent].map((socket) => socket.close()),
    discarded.close({ linger: 50 }),
    reader.close({ linger: 0 })
  ])
  await binding
}

for (const url of process.argv.slice(2)) {
  await use(url)
  await misuse(url)
}
// What is left may need a turn to be gone; timers of minutes would stay.
await new Promise((resolve) => setImmediate(resolve))
const own = new Set(['PipeWrap', 'TTYWrap', 'FSReqCallback', 'CloseReq', 'SimpleShutdownWrap', 'FileHandle'])
console.log(JSON.stringify(process.getActiveResourcesInfo().filter((name) => !own.has(name))))
