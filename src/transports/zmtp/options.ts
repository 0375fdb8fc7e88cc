/** The endpoint option `zmtp`: its type, what it may be, and what follows from it. */

import { SpError } from '../../core/errors.ts'
import type { ResolvedEndpointOptions } from '../../core/options.ts'
import { boolean, duration, isObject, type OptionRules, optional } from '../../core/rules.ts'
import type { Role } from '../../core/transport.ts'
import { loadCiphers } from './curve/ciphers.ts'
import { agree, publicKeyOf } from './curve/keys.ts'
import type { MechanismName } from './greeting.ts'
import type { ZmtpInfo } from './info.ts'
import { decodeZ85 } from './z85.ts'

declare module '../../core/options.ts' {
  interface TransportOptions {
    /** `zmtp+tcp://`, `zmtp+ipc://`, `zmtp+ws://` and `zmtp+wss://`. */
    zmtp?: ZmtpOptions | undefined
  }
}

declare module '../../core/peer.ts' {
  interface ConnectionInfo {
    /** What the handshake with a ZeroMQ peer told. */
    readonly zmtp?: ZmtpInfo
  }
}

/** Keys of CURVE, each as 40 characters of Z85 or as 32 bytes. */
export interface CurveKeys {
  /** Own public key. */
  publicKey: string | Uint8Array
  /** Own secret key. */
  secretKey: string | Uint8Array
  /** `connect`: the public key of the listener. */
  serverKey?: string | Uint8Array | undefined
}

/** Options of `zmtp+tcp://`, `zmtp+ipc://` and `zmtp+ws://`. */
export interface ZmtpOptions {
  /** Default: `curve` where there are keys, `plain` where there is a name, `null` otherwise. */
  mechanism?: 'null' | 'plain' | 'curve' | undefined
  /** PLAIN, `connect`: at most 255 bytes of UTF-8. Goes over the network in clear. */
  username?: string | undefined
  /** PLAIN, `connect`: at most 255 bytes of UTF-8. Goes over the network in clear. */
  password?: string | undefined
  /** Keys of CURVE. */
  curve?: CurveKeys | undefined
  /** REQ, `Dealer`, `Router`: how a ROUTER names us; 1 to 255 bytes, the first of them not 0. */
  identity?: string | Uint8Array | undefined
  /** Bodies of several frames: joined, the default for SUB, or refused (dropped as `malformed`), the default elsewhere. */
  multipart?: 'join' | 'refuse' | undefined
  /** REQ: false sends no id with a request, for peers that hand back none. One request a pipe is under way then. */
  requestId?: boolean | undefined
  /** Ask the peer for a sign of life after `interval` ms, and give it up after another `timeout` ms. Default: never. */
  heartbeat?:
    | {
        /** ms */
        interval: number
        /** ms; as `interval` by default. */
        timeout?: number | undefined
      }
    | undefined
}

const shortText = (v: unknown): boolean => typeof v === 'string' && Buffer.byteLength(v) <= 255
const isKey = (v: unknown): boolean => keyBytes(v) !== undefined
const isDelay = (v: unknown): boolean => duration.accepts(v) && (v as number) >= 1 && (v as number) <= 2 ** 31 - 1
const oneOf =
  (...values: readonly string[]) =>
  (v: unknown): boolean =>
    values.includes(v as string)

const values: Readonly<Record<keyof ZmtpOptions, (value: unknown) => boolean>> = {
  mechanism: oneOf('null', 'plain', 'curve'),
  username: shortText,
  password: shortText,
  curve: (v) => isObject(v) && fits({ publicKey: isKey, secretKey: isKey, serverKey: isKey }, v, ['serverKey']),
  identity: (v) => {
    const bytes = typeof v === 'string' ? Buffer.from(v) : v
    return bytes instanceof Uint8Array && bytes.length >= 1 && bytes.length <= 255 && bytes[0] !== 0
  },
  multipart: oneOf('join', 'refuse'),
  requestId: boolean.accepts,
  heartbeat: (v) => isObject(v) && fits({ interval: isDelay, timeout: isDelay }, v, ['timeout'])
}

export const zmtpOptions: OptionRules = {
  zmtp: {
    ...optional(
      "an object with mechanism ('null', 'plain', 'curve'), username and password of at most 255 bytes, curve " +
        '(publicKey, secretKey, serverKey: 40 characters of Z85 or 32 bytes), identity (1 to 255 bytes, not beginning with ' +
        "0), multipart ('join', 'refuse'), requestId (true, false), heartbeat (interval, timeout: ms)",
      (v) => isObject(v) && fits(values, v, Object.keys(values))
    ),
    secret: true
  }
}

/** Whether `object` has known keys only, with right values; those of `absentable` may be absent. */
function fits(
  known: Readonly<Record<string, (value: unknown) => boolean>>,
  object: object,
  absentable: readonly string[]
): boolean {
  const given = new Map(Object.entries(object).filter(([, value]) => value !== undefined))
  return (
    Object.keys(known).every((key) => given.has(key) || absentable.includes(key)) &&
    Array.from(given).every(([key, value]) => Object.hasOwn(known, key) && known[key]?.(value) === true)
  )
}

/** The 32 bytes of a key; `undefined` for what is none. */
export function keyBytes(key: unknown): Uint8Array | undefined {
  const bytes = typeof key === 'string' ? decodeZ85(key) : key
  return bytes instanceof Uint8Array && bytes.length === 32 ? bytes : undefined
}

/** The mechanism that these options ask for. */
export function mechanismOf({ mechanism, curve, username, password }: ZmtpOptions): MechanismName {
  if (mechanism !== undefined) return mechanism.toUpperCase() as MechanismName
  if (curve !== undefined) return 'CURVE'
  return username !== undefined || password !== undefined ? 'PLAIN' : 'NULL'
}

/** Throws `EINVAL` for options that do not go together. */
export function checkZmtpOptions(endpoint: ResolvedEndpointOptions, role: Role): void {
  const zmtp = endpoint.zmtp ?? {}
  const mechanism = mechanismOf(zmtp)
  const fail = (message: string): never => {
    throw new SpError('EINVAL', { message: `option zmtp: ${message}` })
  }
  if (role === 'bind' && mechanism !== 'NULL' && endpoint.authorize === undefined) {
    fail(`a listener with ${mechanism} lets nobody in without the option authorize`)
  }
  if (role === 'connect' && mechanism === 'PLAIN' && (zmtp.username ?? zmtp.password) === undefined) {
    fail('PLAIN needs username and password')
  }
  if (mechanism !== 'CURVE') return
  if (zmtp.curve === undefined) fail('CURVE needs curve, with publicKey and secretKey')
  if (role === 'connect' && zmtp.curve?.serverKey === undefined) fail('CURVE needs curve.serverKey to connect')
  loadCiphers()
  const [publicKey, secretKey] = [zmtp.curve?.publicKey, zmtp.curve?.secretKey].map(keyBytes) as [
    Uint8Array,
    Uint8Array
  ]
  if (!publicKeyOf(secretKey).every((byte, i) => byte === publicKey[i])) {
    fail('curve.publicKey and curve.secretKey are no pair')
  }
  if (role === 'connect' && !isPublicKey(secretKey, keyBytes(zmtp.curve?.serverKey) as Uint8Array)) {
    fail('curve.serverKey is no public key')
  }
}

/** Some 32 bytes are no point that anything can be agreed upon with. */
function isPublicKey(secretKey: Uint8Array, publicKey: Uint8Array): boolean {
  try {
    agree(secretKey, publicKey)
    return true
  } catch {
    return false
  }
}
