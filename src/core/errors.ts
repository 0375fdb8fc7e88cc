/** The errors of hubless: one class, with the codes of `error-table.ts`. */
import type { ErrorCode } from './error-table.ts'
import { platform } from './platform.ts'

/** What is known of an error beside its code. */
export interface SpErrorDetails {
  /** What happened and what to do. */
  message?: string | undefined
  /** In place of a message what the table's sentence is about, such as a socket; pages have no more than that. Default: the endpoint. */
  about?: string | undefined
  /** The URL of the endpoint concerned. */
  endpoint?: string | undefined
  /** What led to it. */
  cause?: unknown
}

const brand = Symbol.for('hubless.SpError')

/**
 * Every error of hubless. `code` is stable; `endpoint` and `cause` are there when they are known.
 * Errors of two copies of the package recognise each other with `instanceof`.
 *
 * @example
 * try { await req.recv({ timeout: 100 }) } catch (error) {
 *   if (error instanceof SpError && error.code === 'ETIMEDOUT') retry()
 * }
 */
export class SpError extends Error {
  /** `SpError`. */
  override readonly name: string = 'SpError'
  /** What happened, as a stable word. */
  readonly code: ErrorCode
  /** The URL of the endpoint concerned, where there is one. */
  declare readonly endpoint?: string

  constructor(code: ErrorCode, details: SpErrorDetails = {}) {
    const said =
      details.message === undefined ? [details.about ?? details.endpoint, platform.sentences[code]] : [details.message]
    super(
      [code, ...said].filter(Boolean).join(': '),
      details.cause === undefined ? undefined : { cause: details.cause }
    )
    this.code = code
    if (details.endpoint !== undefined) this.endpoint = details.endpoint
  }

  /** @internal */
  get [brand](): true {
    return true
  }

  /** @internal */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return (value as { readonly [brand]?: unknown } | null | undefined)?.[brand] === true
  }
}

/** Turns any other error, such as one of the operating system, into an `SpError` that keeps it as `cause`. */
export function fromSystem(error: unknown, endpoint: string, doing: string): SpError {
  if (error instanceof SpError) return error
  const [code, said] = platform.explain(error)
  return new SpError(code, { message: `${doing} ${endpoint} failed: ${said}`, endpoint, cause: error })
}
