/**
 * What is used of `@nats-io/transport-node`, an optional peer package. Loaded by name, and described here, so that who uses
 * hubless needs neither it nor its types unless they use this engine.
 */
import { createRequire } from 'node:module'
import { type Body, SpError } from 'hubless'

export interface MsgHdrs {
  readonly code: number
  get(name: string): string
  has(name: string): boolean
  set(name: string, value: string): void
  toString(): string
}

export interface Msg {
  readonly subject: string
  /** Empty: it has none. */
  readonly reply: string
  readonly data: Uint8Array
  readonly headers?: MsgHdrs | undefined
}

export interface NatsSubscription {
  drain(): Promise<void>
}

export interface NatsConnection {
  readonly info?: { readonly max_payload: number; readonly connect_urls?: readonly string[] | undefined } | undefined
  getServer(): string
  publish(
    subject: string,
    data: Uint8Array,
    options?: { readonly reply?: string; readonly headers?: MsgHdrs } | undefined
  ): void
  subscribe(
    subject: string,
    options: { readonly queue?: string; readonly callback: (error: Error | null, message: Msg) => void }
  ): NatsSubscription
  flush(): Promise<void>
  /** Resolves with why it ended. */
  closed(): Promise<Error | undefined>
  close(): Promise<void>
}

interface NatsPackage {
  connect(options: Readonly<Record<string, unknown>>): Promise<NatsConnection>
  headers(): MsgHdrs
}

const name = '@nats-io/transport-node'
let loaded: NatsPackage | undefined

/** The package. Throws `ENOTSUP` where it is not installed. */
export function natsPackage(): NatsPackage {
  try {
    loaded ??= createRequire(import.meta.url)(name) as NatsPackage
    return loaded
  } catch (cause) {
    if (!String(cause).includes(`Cannot find module '${name}'`)) throw cause
    throw new SpError('ENOTSUP', {
      message: `nats() needs the package ${name}; install it: npm install ${name}`,
      cause
    })
  }
}

/** What NATS delivers, in memory of its own: the receiver owns it, and it pins no chunk of the connection. */
export function bodyOf({ data }: Msg): Body {
  return Buffer.from(data) as Body
}

/** Nobody listens to the subject of what was sent. */
export function isUnheard({ data, headers }: Msg): boolean {
  return data.length === 0 && headers !== undefined && headers.code === 503
}
