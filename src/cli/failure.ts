/**
 * How a run ends early: an exit code and what stands on stderr. Codes as nanocat's: 1 usage, 2 a file, 3 an operation.
 */
export class Failure extends Error {
  readonly exitCode: number

  /** `message` is the whole text, without the last line break. */
  constructor(exitCode: number, message: string) {
    super(message)
    this.exitCode = exitCode
  }
}

/** A wrong command line. `unknown` is a name nobody knows, for a suggestion among `known`. */
export class UsageFailure extends Failure {
  readonly unknown: string | undefined
  readonly known: readonly string[]

  constructor(message: string, unknown?: string, known: readonly string[] = []) {
    super(1, message)
    this.unknown = unknown
    this.known = known
  }
}
