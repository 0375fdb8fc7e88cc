/** `--verbose`: peers that come, go or are refused, and messages that are dropped, on stderr. Twice: retries as well. */
import type { Socket } from '../index.ts'
import type { Io } from './io.ts'
import { brief, tell, tellGrey } from './terminal.ts'

export function observe(socket: Socket, io: Io, verbosity: number): void {
  const say = speaker(io)
  socket.on('listen', ({ url }) => say(`Listening at: ${url}`))
  socket.on('attach', ({ pipe }) =>
    say(`${pipe.endpoint.kind === 'dialer' ? 'Connected to' : 'Peer'}: ${pipe.address}`)
  )
  socket.on('detach', ({ pipe, reason }) => {
    if (reason !== 'closed-locally') say(`Lost: ${pipe.address} (${reason})`)
  })
  socket.on('reject', ({ address, reason, error }) => say(`Refused: ${address} (${reason}): ${error.message}`))
  socket.on('drop', ({ reason, count, size, limit, pipe }) => {
    const details = [
      reason,
      ...(size === undefined ? [] : [`${size} bytes`]),
      ...(limit === undefined ? [] : [`limit ${limit}`]),
      ...(pipe === undefined ? [] : [pipe.address])
    ]
    say(`Dropped: ${count} (${details.join(', ')})`)
  })
  if (verbosity > 1) {
    socket.on('retry', ({ dialer, delay, cause }) => {
      say(`Trying again: ${dialer.url} in ${Math.round(delay)} ms (${cause.message})`)
    })
  }
}

/** Grey on a terminal, unless NO_COLOR says otherwise. */
function speaker({ stderr, env }: Io): (line: string) => void {
  const terminal = (stderr as NodeJS.WriteStream).isTTY === true
  const forced = env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== '0'
  const grey = (env.NO_COLOR ?? '') === '' && (terminal || forced)
  // The whole line is one of somebody else: addresses, and errors with what a server said.
  return (line) => (grey ? tellGrey(stderr, brief(line)) : tell(stderr, `${brief(line)}\n`))
}
