/** What leans on the runtime: TLS, HTTP servers, files, threads, processes, and what sits on top. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { subscribe } from 'node:diagnostics_channel'
import { statSync } from 'node:fs'
import { createServer, request } from 'node:http'
import { type AddressInfo, connect as dial } from 'node:net'
import type { Duplex } from 'node:stream'
import { promisify } from 'node:util'
import { Worker } from 'node:worker_threads'
import { Pair, Pull, Push, Rep, Req, type Socket } from 'hubless'
import { Cluster } from 'hubless/cluster'
import { health, probe } from 'hubless/health'
import { curveKeyPair } from 'hubless/zmtp'
import { type Feature, next, stranger, tlsFor } from '../feature.ts'

const any = 'tcp://127.0.0.1:0'
const patience = { timeout: 8000 }

async function clientCertificates(scheme: string): Promise<void> {
  const { bind, connect } = tlsFor(scheme)
  const names: unknown[] = []
  const [push, pull] = [new Push(), new Pull()]
  const { url } = await pull.bind(`${scheme}://127.0.0.1:0`, {
    tls: { ...bind.tls, requestCert: true },
    authorize: ({ info }) => names.push(info.tls?.certificate?.subject.CN) === 1
  })
  push.connect(url, connect)
  await push.send('x')
  await pull.recv(patience)
  assert.deepEqual(names, ['localhost'])
  await Promise.all([push.close(), pull.close()])
}

async function demandedCertificates(scheme: string): Promise<void> {
  const { bind, connect } = tlsFor(scheme)
  const pull = new Pull()
  const { url } = await pull.bind(`${scheme}://127.0.0.1:0`, { tls: { ...bind.tls, requestCert: true } })
  const { ca } = connect.tls as { ca: string }
  for (const tls of [{ ca }, { ca, ...stranger() }]) {
    const push = new Push()
    const refused = next<{ reason: string }>(pull, 'reject')
    push.connect(url, { tls })
    assert.equal((await refused).reason, 'tls')
    await push.close({ linger: 0 })
  }
  assert.equal(pull.stats().currentConnections, 0)
  const push = new Push()
  push.connect(url, connect)
  await push.send('known')
  assert.equal(String(await pull.recv(patience)), 'known')
  await Promise.all([push.close(), pull.close()])
}

async function attached(): Promise<void> {
  const server = createServer((_request, response) => response.end('plain'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const [req, rep] = [new Req(), new Rep()]
  await rep.bind('ws://127.0.0.1/sp', { ws: { server } })
  rep.serve(() => 'upgraded')
  req.connect(`ws://127.0.0.1:${port}/sp`)
  assert.equal(String(await req.request('?', patience)), 'upgraded')
  assert.equal(await (await fetch(`http://127.0.0.1:${port}/`)).text(), 'plain')
  await Promise.all([req.close(), rep.close()])
  server.closeAllConnections()
  server.close()
}

async function throughProxy(scheme: string): Promise<void> {
  const { bind, connect } = tlsFor(scheme)
  const sockets = new Set<Duplex>()
  const proxy = createServer().on('connect', ({ url = '' }, stream) => {
    const onward = dial(Number(url.split(':')[1]), '127.0.0.1', () => {
      stream.write('HTTP/1.1 200 OK\r\n\r\n')
      stream.pipe(onward).pipe(stream)
    })
    for (const each of [stream, onward]) sockets.add(each.on('error', () => {}))
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  const { port: proxyPort } = proxy.address() as AddressInfo
  const [req, rep] = [new Req(), new Rep()]
  const { url } = await rep.bind(`${scheme}://127.0.0.1:0`, bind)
  rep.serve(() => 'x')
  req.connect(url, {
    ...connect,
    agent: {
      createConnection({ host, port }, callback) {
        request({ host: '127.0.0.1', port: proxyPort, method: 'CONNECT', path: `${host}:${port}` })
          .on('connect', (_response, stream, head) => {
            stream.unshift(head)
            callback(null, stream)
          })
          .end()
      }
    }
  })
  await req.request('?', patience)
  assert.equal(sockets.size, 2)
  await Promise.all([req.close(), rep.close()])
  for (const each of sockets) each.destroy()
  proxy.close()
}

async function ipcMode(): Promise<void> {
  const pull = new Pull()
  const path = `./${process.pid}.sock`
  await pull.bind(`ipc://${path}`, { ipc: { mode: 0o600 } })
  assert.equal(statSync(path).mode & 0o777, 0o600)
  await assert.rejects(new Pull().bind(`ipc://${path}`), { code: 'EADDRINUSE' })
  await pull.close()
  assert.equal(statSync(path, { throwIfNoEntry: false }), undefined)
}

async function abstractNames(): Promise<void> {
  const name = `ipc://@hubless-${process.pid}`
  const [a, b] = [new Pair(), new Pair()]
  await a.bind(name)
  b.connect(name)
  await b.send('x')
  await a.recv(patience)
  await Promise.all([a.close(), b.close()])
}

async function localhost(): Promise<void> {
  const rep = new Rep()
  const { url } = await rep.bind('tcp://localhost:0')
  rep.serve(() => 'x')
  const port = url.slice(url.lastIndexOf(':'))
  for (const host of ['127.0.0.1', '[::1]']) {
    const req = new Req()
    req.connect(`tcp://${host}${port}`)
    await req.request('?', patience)
    await req.close()
  }
  await rep.close()
}

async function diagnostics(): Promise<void> {
  const told: string[] = []
  for (const name of ['hubless:attach', 'tracing:hubless:request:asyncEnd', 'tracing:hubless:serve:asyncEnd']) {
    subscribe(name, (message) => told.push(`${name} ${(message as { socket: Socket }).socket.protocol}`))
  }
  const [req, rep] = [new Req(), new Rep()]
  const { url } = await rep.bind(any)
  rep.serve(() => 'x')
  req.connect(url)
  await req.request('?', patience)
  assert.deepEqual(told.sort(), [
    'hubless:attach rep',
    'hubless:attach req',
    'tracing:hubless:request:asyncEnd req',
    'tracing:hubless:serve:asyncEnd rep'
  ])
  await Promise.all([req.close(), rep.close()])
}

async function threads(): Promise<void> {
  await import('hubless/threads')
  const pull = new Pull()
  await pull.bind('thread://results')
  const script = `import('hubless/threads').then(() => import('hubless')).then(async ({ Push }) => {
    const push = new Push()
    push.connect('thread://results')
    await push.send('from a thread')
    await push.close()
  })`
  const worker = new Worker(script, { eval: true })
  assert.equal(String(await pull.recv(patience)), 'from a thread')
  await worker.terminate()
  await pull.close()
}

async function cluster(): Promise<void> {
  const [one, two] = ['one', 'two'].map(() => new Cluster({ network: `feature-${process.pid}`, key: 'x'.repeat(32) }))
  assert.ok(one && two)
  await one.serve('shout', { request: ({ body }) => String(body).toUpperCase() })
  assert.equal(String(await two.request('shout', 'hello', patience)), 'HELLO')
  await Promise.all([one.close(), two.close()])
}

async function healthy(): Promise<void> {
  const rep = new Rep()
  const { url } = await rep.bind(any)
  const monitor = health({ name: 'feature' }).watch(rep)
  monitor.serving()
  const server = await monitor.http({ port: 0, host: '127.0.0.1' })
  assert.match(await (await fetch(`http://127.0.0.1:${server.port}/metrics`)).text(), /hubless_/)
  assert.equal((await probe(url, { protocol: 'rep', timeout: 5000 })).verdict, 'ok')
  await monitor.close()
  await rep.close()
}

async function curve(): Promise<void> {
  const keys = curveKeyPair()
  const [req, rep] = [new Req(), new Rep()]
  const { url } = await rep.bind('zmtp+tcp://127.0.0.1:0', {
    authorize: () => true,
    zmtp: { mechanism: 'curve', curve: keys }
  })
  rep.serve(() => 'sealed')
  req.connect(url, { zmtp: { curve: { ...curveKeyPair(), serverKey: keys.publicKey } } })
  assert.equal(String(await req.request('?', patience)), 'sealed')
  await Promise.all([req.close(), rep.close()])
}

async function nanocat(): Promise<void> {
  const pull = new Pull()
  const { url } = await pull.bind(any)
  const args = [
    ...runtimeArguments(),
    'node_modules/hubless/dist/node/cli/main.cjs',
    '--push',
    '--connect',
    url,
    '-D',
    'typed'
  ]
  await promisify(execFile)(process.execPath, args)
  assert.equal(String(await pull.recv(patience)), 'typed')
  await pull.close()
}

/** What a runtime needs to run a program that may do anything. */
function runtimeArguments(): string[] {
  return 'Deno' in globalThis ? ['run', '--allow-all'] : []
}

async function required(): Promise<void> {
  const { createRequire } = await import('node:module')
  const library = createRequire(`${process.cwd()}/x.js`)('hubless') as { Pair: unknown }
  assert.equal(library.Pair, Pair)
}

export const platform: readonly Feature[] = [
  { name: '`require` gives the same modules as `import`', run: required },
  { name: '`tls+tcp://`: `authorize` sees the certificate of a client', run: () => clientCertificates('tls+tcp') },
  { name: '`wss://`: `authorize` sees the certificate of a client', run: () => clientCertificates('wss') },
  {
    name: '`tls+tcp://`: clients without the certificate that is demanded are refused',
    run: () => demandedCertificates('tls+tcp')
  },
  {
    name: '`wss://`: clients without the certificate that is demanded are refused',
    run: () => demandedCertificates('wss')
  },
  { name: '`ws://` beside an `http.Server`', run: attached },
  { name: '`tls+tcp://` through a proxy, by an `agent`', run: () => throughProxy('tls+tcp') },
  { name: '`ws://` through a proxy, by an `agent`', run: () => throughProxy('ws') },
  { name: '`ipc://`: file modes, live files, removal', run: ipcMode },
  { name: '`ipc://@name`: the abstract namespace', run: abstractNames },
  { name: '`localhost` is bound in both families', run: localhost },
  { name: '`node:diagnostics_channel`', run: diagnostics },
  { name: '`hubless/threads`: `thread://` between worker threads', run: threads },
  { name: '`hubless/cluster`, with a key', run: cluster },
  { name: '`hubless/health`: probes and HTTP', run: healthy },
  { name: '`hubless/zmtp` with CURVE', run: curve },
  { name: '`nanocat`', run: nanocat }
]
