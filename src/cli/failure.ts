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

/** What the C library says about an errno; nanocat's users and their scripts know these texts. */
const texts: Readonly<Record<string, string>> = {
  EACCES: 'Permission denied',
  EADDRINUSE: 'Address already in use',
  EADDRNOTAVAIL: 'Cannot assign requested address',
  EBADF: 'Bad file descriptor',
  ECONNREFUSED: 'Connection refused',
  ECONNRESET: 'Connection reset by peer',
  EFSM: 'Operation cannot be performed in this state',
  EHOSTUNREACH: 'No route to host',
  EINVAL: 'Invalid argument',
  EFBIG: 'File too large',
  EDQUOT: 'Disk quota exceeded',
  EIO: 'Input/output error',
  EISDIR: 'Is a directory',
  ELOOP: 'Too many levels of symbolic links',
  EMFILE: 'Too many open files',
  EMSGSIZE: 'Message too long',
  ENAMETOOLONG: 'File name too long',
  ENOENT: 'No such file or directory',
  ENOSPC: 'No space left on device',
  ENOTDIR: 'Not a directory',
  ENOTSUP: 'Operation not supported',
  EPROTO: 'Protocol error',
  EPROTONOSUPPORT: 'Protocol not supported',
  ETIMEDOUT: 'Connection timed out'
}

export function strerror(code: string): string {
  return texts[code] ?? code
}
