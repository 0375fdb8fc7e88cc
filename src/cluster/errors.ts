/** Errors of calls: those of the table in hubless, and what a handler threw at the other end. */
import { SpError } from 'hubless'
import type { Failure, RemoteDetails } from './engine/engine.ts'

/**
 * `EREMOTE`: the handler of another member threw. `remote` is what it threw; its stack stays where it was thrown.
 *
 * @example
 * try { await cluster.request('resize', image) } catch (error) {
 *   if (error instanceof RemoteError && error.remote.code === 'ETOOLARGE') shrink()
 * }
 */
export class RemoteError extends SpError {
  /** What the handler threw. */
  readonly remote: RemoteDetails

  constructor(service: string, remote: RemoteDetails) {
    super('EREMOTE', { message: `the handler of ${service} failed: ${remote.name}: ${remote.message}` })
    this.remote = remote
  }

  /** @internal */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return SpError[Symbol.hasInstance](value) && 'remote' in (value as object)
  }
}

const maxText = 1024

/** What a thrown value may say to another process: three short texts. */
export function describeThrown(thrown: unknown): RemoteDetails {
  const error = (Object(thrown) === thrown ? thrown : { message: thrown }) as Record<string, unknown>
  const text = (field: string, fallback: string): string => {
    try {
      const value = error[field]
      return value === undefined || value === '' ? fallback : String(value).slice(0, maxText)
    } catch {
      return fallback
    }
  }
  return { name: text('name', 'Error'), code: text('code', ''), message: text('message', '') }
}

/** As `describeThrown`, where the details may have been given as such. */
export function describeReason(reason: unknown): RemoteDetails {
  return isDetails(reason) ? reason : describeThrown(reason)
}

function isDetails(reason: unknown): reason is RemoteDetails {
  return (
    Object(reason) === reason && !(reason instanceof Error) && typeof (reason as RemoteDetails).message === 'string'
  )
}

/** The error of a caller whose call failed at a member. */
export function failureError(service: string, { code, remote }: Failure): SpError {
  if (code === 'EREMOTE') return new RemoteError(service, remote ?? { name: 'Error', code: '', message: '' })
  return new SpError(code, { message: sentences[code](service) })
}

const sentences: { readonly [C in Exclude<Failure['code'], 'EREMOTE'>]: (name: string) => string } = {
  EBUSY: (name) => `every member of ${name} is full`,
  ENOTSUP: (name) => `${name} does not have this verb`,
  EHOSTUNREACH: (name) => `no member of ${name} seen`,
  ETIMEDOUT: (name) => `the request waited at a member of ${name} until its time was over; it was not handled`,
  EMSGSIZE: (name) => `the answer of ${name} is larger than the recvMaxSize of this cluster`
}
