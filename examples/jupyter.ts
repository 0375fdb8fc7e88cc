/**
 * A Jupyter kernel, driven without native code: runs a cell on ipykernel and prints what it shows. The kernel has ZeroMQ
 * sockets: a heartbeat that echoes (REP), a shell that takes requests (ROUTER) and a feed of what happens (PUB). Every
 * message is signed with a key that both know. Needs a Python with ipykernel: `PYTHON=/path/to/python3`.
 */
import { spawn } from 'node:child_process'
import { createHmac, randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Req, Sub } from 'hubless'
import { Dealer } from 'hubless/zmtp'

interface Message {
  header: { msg_type: string; msg_id: string }
  parent_header: { msg_id?: string }
  content: { text?: string; data?: Record<string, string>; execution_state?: string; implementation?: string }
}

const key = randomUUID()
const session = randomUUID()
const delimiter = Buffer.from('<IDS|MSG>')
const sign = (signed: Uint8Array): string => createHmac('sha256', key).update(signed).digest('hex')

/** The frames of a request. */
function request(type: string, content: object): { id: string; frames: (string | Buffer)[] } {
  const id = randomUUID()
  const header = {
    msg_id: id,
    msg_type: type,
    session,
    username: 'hubless',
    version: '5.3',
    date: new Date().toISOString()
  }
  const parts = [header, {}, {}, content].map((part) => Buffer.from(JSON.stringify(part)))
  return { id, frames: [delimiter, sign(Buffer.concat(parts)), ...parts] }
}

/** Reads a message, its frames joined: whatever leads to it, the delimiter, the signature, four objects. */
function read(joined: Buffer): Message {
  const start = joined.indexOf(delimiter) + delimiter.length
  const signed = joined.subarray(start + 64)
  if (sign(signed) !== joined.toString('latin1', start, start + 64)) throw new Error('the signature is wrong')
  const [header, parent_header, , content] = JSON.parse(`[${objectsOf(signed.toString()).join()}]`)
  return { header, parent_header, content }
}

/** The objects that stand one after the other in a text of JSON. */
function objectsOf(text: string): string[] {
  const objects: string[] = []
  let depth = 0
  let start = 0
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}]/g)) {
    if (token === '{' && depth++ === 0) start = index
    if (token === '}' && --depth === 0) objects.push(text.slice(start, index + 1))
  }
  return objects
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
}

const ports = await Promise.all(Array.from({ length: 5 }, freePort))
const [shell_port, iopub_port, stdin_port, control_port, hb_port] = ports
const folder = await mkdtemp(join(tmpdir(), 'kernel-'))
const file = join(folder, 'connection.json')
const connection = { ip: '127.0.0.1', transport: 'tcp', key, signature_scheme: 'hmac-sha256' }
await writeFile(file, JSON.stringify({ ...connection, shell_port, iopub_port, stdin_port, control_port, hb_port }))
const kernel = spawn(process.env.PYTHON ?? 'python3', ['-m', 'ipykernel_launcher', '-f', file], { stdio: 'ignore' })

const at = (port: number | undefined): string => `zmtp+tcp://127.0.0.1:${port}`
const heartbeat = new Req()
const shell = new Dealer()
const iopub = new Sub()
try {
  iopub.subscribe('')
  heartbeat.connect(at(hb_port))
  shell.connect(at(shell_port))
  const feed = iopub.connect(at(iopub_port))
  console.log(`heartbeat: ${await heartbeat.request('alive', { timeout: 30_000 })}`)
  await feed.whenConnected()

  await shell.send(request('kernel_info_request', {}).frames)
  console.log(`kernel: ${read(Buffer.concat(await shell.recv())).content.implementation}`)

  const cell = request('execute_request', { code: "print('Hello from Python')\n6 * 7", silent: false })
  await shell.send(cell.frames)
  for await (const body of iopub) {
    const { header, parent_header, content } = read(body)
    if (parent_header.msg_id !== cell.id) continue
    if (header.msg_type === 'stream') console.log(`stream: ${content.text?.trim()}`)
    if (header.msg_type === 'execute_result') console.log(`result: ${content.data?.['text/plain']}`)
    if (content.execution_state === 'idle') break
  }
} finally {
  await Promise.all([heartbeat, shell, iopub].map((socket) => socket.close({ linger: 0 })))
  kernel.kill()
  await rm(folder, { recursive: true })
}

// Prints:
// heartbeat: alive
// kernel: ipython
// stream: Hello from Python
// result: 42
