/**
 * A bare connection to the address of a URL, without joining anything: what `accept` and `header` need. For `ws://` it is
 * the TCP connection only, because nanomsg attaches even a refused upgrade.
 */
import { lstat } from 'node:fs/promises'
import { connect as connectTcp, type Socket } from 'node:net'
import { SpError } from '../errors.ts'
import { notAllowed } from '../rules.ts'
import { Finding } from './finding.ts'

type Kind = 'tcp' | 'ipc' | 'tls' | 'ws'

export interface Target {
  readonly kind: Kind
  readonly host: string
  readonly port: number
  readonly path: string
  readonly tls: boolean
  /** Whether it is a ZeroMQ peer. */
  readonly zmtp: boolean
}

/** What the process that probes has not. */
const ownWant = ['EMFILE', 'ENFILE', 'ENOMEM', 'ENOBUFS']

const kinds: Readonly<Record<string, Kind>> = {
  tcp: 'tcp',
  tcp4: 'tcp',
  tcp6: 'tcp',
  ipc: 'ipc',
  unix: 'ipc',
  abstract: 'ipc',
  'tls+tcp': 'tls',
  ws: 'ws',
  wss: 'ws',
  'zmtp+tcp': 'tcp',
  'zmtp+ipc': 'ipc',
  'zmtp+ws': 'ws',
  'zmtp+wss': 'ws'
}

/** undefined for what cannot be probed from outside, such as `inproc://`. Throws `EINVAL` for a malformed URL. */
export function parseTarget(url: string): Target | undefined {
  const [, scheme, address] = /^([^:]+):\/\/(.*)$/s.exec(url) ?? []
  const kind = scheme === undefined ? undefined : kinds[scheme]
  // Such a URL would show its password to whoever reads the result.
  if (kind !== 'ipc' && /^[^/?]*@/.test(address ?? url)) {
    throw new SpError('EINVAL', { message: 'the URL of an endpoint has no user and no password' })
  }
  if (scheme === undefined || address === undefined || address === '') {
    throw new SpError('EINVAL', { message: `${JSON.stringify(url)} is not scheme://address` })
  }
  if (kind === undefined) return undefined
  const tls = kind === 'tls' || scheme.endsWith('wss')
  const zmtp = scheme.startsWith('zmtp+')
  if (kind === 'ipc') {
    if (address.includes('\0')) throw new SpError('EINVAL', { message: `${JSON.stringify(url)}: a path has no NUL` })
    const abstract = scheme === 'abstract' || address.startsWith('@')
    return { kind, host: '', port: 0, path: abstract ? `\0${address.replace(/^@/, '')}` : address, tls, zmtp }
  }
  const authority = (kind === 'ws' ? address.replace(/[/?].*$/s, '') : address).replace(/^[^;]*;/, '')
  const [, host, port] = /^(.*?)(?::(\d{1,5}))?$/s.exec(authority) ?? []
  const number = Number(port ?? (kind === 'ws' ? (tls ? 443 : 80) : Number.NaN))
  if (!host || !(number > 0 && number < 65536)) {
    throw new SpError('EINVAL', { message: `${url}: the address must be host:port`, endpoint: url })
  }
  return { kind, host: host.replace(/^\[(.*)\]$/, '$1'), port: number, path: '', tls, zmtp }
}

/** Resolves with the open connection, which belongs to the caller. Throws a `Finding`. */
export async function open(target: Target, tls: object, signal: AbortSignal): Promise<Socket> {
  const socket = target.tls
    ? await startTls(target, tls)
    : connectTcp(target.kind === 'ipc' ? { path: target.path } : { host: target.host, port: target.port })
  try {
    await opened(socket, target.tls ? 'secureConnect' : 'connect', signal)
    return socket
  } catch (error) {
    socket.destroy()
    throw error instanceof Finding ? error : await explain(error as NodeJS.ErrnoException, target)
  }
}

async function startTls({ host, port }: Target, tls: object): Promise<Socket> {
  const { connect } = process.getBuiltinModule('node:tls')
  try {
    return connect({ ...(/^[\d.]+$|:/.test(host) ? {} : { servername: host }), ...tls, host, port })
  } catch (error) {
    // Only what the caller gave can be wrong before anything is sent.
    throw notAllowed('option tls', tls, `options of node:tls (${(error as Error).message})`, error)
  }
}

function opened(socket: Socket, event: 'connect' | 'secureConnect', signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(timedOut(socket))
    socket.on('error', reject)
    socket.once(event, () => {
      signal.removeEventListener('abort', onAbort)
      socket.off('error', reject)
      // Whoever goes on reads the end of the stream; an error is one, too.
      socket.on('error', () => {})
      resolve()
    })
    socket.once('close', () => reject(new Finding('closed', 'it closed the connection at once')))
    if (signal.aborted) onAbort()
    else signal.addEventListener('abort', onAbort, { once: true })
  })
}

function timedOut(socket: Socket): Finding {
  if (socket.connecting)
    return new Finding('unreachable', 'it did not accept the connection before the deadline', 'ETIMEDOUT')
  return new Finding('silent', 'it accepted the connection and did not finish the TLS handshake', 'ETIMEDOUT')
}

async function explain(error: NodeJS.ErrnoException, target: Target): Promise<Finding> {
  const { code = 'EIO' } = error
  if (ownWant.includes(code)) return new Finding('no-resources', error.message, code)
  if (target.kind === 'ipc') return explainPath(code, target.path)
  if (code === 'ECONNREFUSED') return new Finding('refused', 'nobody listens there', code)
  if (code === 'ECONNRESET') return new Finding('closed', 'it closed the connection at once', code)
  if (code === 'EACCES' || code === 'EPERM') return new Finding('denied', 'the operating system refused access', code)
  if (code.startsWith('ERR_') || error.message.includes('SSL') || /CERT|VERIFY|ISSUER/.test(code)) {
    return new Finding('tls', `the TLS handshake failed: ${error.message}`, code)
  }
  return new Finding('unreachable', error.message, code)
}

async function explainPath(code: string, path: string): Promise<Finding> {
  if (code === 'ENOENT') return new Finding('no-socket-file', 'there is no such file', code)
  if (code === 'EACCES' || code === 'EPERM') return new Finding('denied', 'the file may not be opened', code)
  if (path.startsWith('\0')) return new Finding('refused', 'nobody listens there', code)
  const file = await lstat(path).catch(() => undefined)
  if (file === undefined) return new Finding('no-socket-file', 'there is no such file', code)
  // A link leads to what matters; only its own kind is unknown here.
  if (!file.isSocket() && !file.isSymbolicLink()) return new Finding('not-a-socket', 'the file is no socket', code)
  return new Finding('stale-socket-file', 'the socket file is there, but nobody listens on it any more', code)
}
