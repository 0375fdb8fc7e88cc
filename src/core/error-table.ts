/**
 * One table of error codes; types, texts and `docs/errors.md` derive from it. The codes are the errno names nanomsg
 * uses, so that code and people moving over recognise them. Errors that have no more to say than what they are
 * about, and those of the operating system, are told in these sentences; browsers do without.
 */

export const errorTable = {
  EACCES: 'The operating system refused access to the address.',
  EADDRINUSE: 'Another socket or process listens on the address; close it or choose another address.',
  EADDRNOTAVAIL: 'The address does not belong to this machine; bind to a local address or to *.',
  EBADF: 'The socket or endpoint is closed; create a new one.',
  EBUSY: 'A device runs on the socket, or every member of a cluster that could answer is full; free it or try later.',
  ECONNABORTED: 'The connection attempt was given up because the dialer was closed.',
  ECONNREFUSED: 'Nobody listens at the address, or the peer refused the connection.',
  ECONNRESET: 'The peer that carried the operation is gone, and it must not be sent twice.',
  EFSM: 'The operation does not fit the state of the protocol; receive or send first.',
  EHOSTUNREACH: 'No peer is attached or no member seen, and the operation was not to wait (any longer) for one.',
  EINVAL: 'An argument or option has a wrong type, value or syntax.',
  EIO: 'The operating system reported an error that has no code of its own here; see the cause.',
  EMFILE: 'The process has no file descriptors left; close something or raise the limit.',
  EMSGSIZE: 'The message is larger than the limit; raise recvMaxSize on the receiving side or send less.',
  ENOENT: 'A directory or file on the path of the address does not exist.',
  ENOTSUP: 'The pattern or platform does not have this operation.',
  EPROTO: 'The peer did not speak the protocol as it must.',
  EPROTONOSUPPORT: 'The scheme is misspelt, or its transport was not imported: hubless/threads, hubless/zmtp.',
  EREMOTE: 'The handler of another member of the cluster threw; remote is what it threw.',
  ETIMEDOUT: 'The operation did not finish within its timeout.'
} as const

/**
 * Codes of errors. They are for ever: none is renamed or used for something else. `errorTable` says what each means.
 */
export type ErrorCode = keyof typeof errorTable
