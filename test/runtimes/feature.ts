/**
 * A feature of the support table: a small program that uses the packed package as its users do, and throws where the
 * feature does not work. Each runs in a process of its own, in every runtime; see `npm run test:runtimes`.
 */
import { readFileSync } from 'node:fs'
import type { EndpointOptions } from 'hubless'

export interface Feature {
  /** Its row in the table. */
  readonly name: string
  run(): Promise<void>
}

/** Where the runner left the certificates of the run. */
interface Certificates {
  readonly ca: string
  readonly cert: string
  readonly key: string
  /** One that nobody has reason to trust. */
  readonly stranger: { readonly cert: string; readonly key: string }
}

const certificates = (): Certificates => JSON.parse(readFileSync('certificates.json', 'utf8')) as Certificates

/** The options that a listener and a dialer of a scheme need to trust each other. */
export function tlsFor(scheme: string): { readonly bind: EndpointOptions; readonly connect: EndpointOptions } {
  if (scheme !== 'wss' && scheme !== 'tls+tcp') return { bind: {}, connect: {} }
  const { ca, cert, key } = certificates()
  return { bind: { tls: { cert, key, ca } }, connect: { tls: { ca, cert, key } } }
}

/** A certificate of an authority that nobody knows. */
export function stranger(): Certificates['stranger'] {
  return certificates().stranger
}

/** A URL to bind for each scheme of the table. */
export function placeFor(scheme: string): string {
  if (scheme === 'inproc') return 'inproc://feature'
  if (scheme.endsWith('ipc')) return `${scheme}://./${process.pid}.sock`
  return `${scheme}://127.0.0.1:0`
}

/** The next event of a socket. */
export function next<E>(emitter: { once(name: never, listener: (event: E) => void): unknown }, name: string) {
  return new Promise<E>((resolve) => emitter.once(name as never, resolve))
}
