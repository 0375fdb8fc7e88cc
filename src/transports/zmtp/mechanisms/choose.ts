/** The mechanism of one connection, as the options ask for it. */
import type { Role } from '../../../core/transport.ts'
import type { MechanismName } from '../greeting.ts'
import { encodeMetadata } from '../metadata.ts'
import { mechanismOf, type ZmtpOptions } from '../options.ts'
import type { SocketType } from '../socket-types.ts'
import type { Mechanism } from './mechanism.ts'
import { NullMechanism } from './null.ts'
import { PlainClient, PlainServer } from './plain.ts'

/** `waits`: where both sides could speak first, the peer does. */
export function chooseMechanism(options: ZmtpOptions, role: Role, own: SocketType, waits: boolean): Mechanism {
  const metadata = encodeMetadata({
    'Socket-Type': own.name,
    ...(own.identity && { Identity: options.identity ?? '' })
  })
  const mechanisms: Readonly<Record<MechanismName, () => Mechanism>> = {
    NULL: () => new NullMechanism(metadata, waits),
    PLAIN: () =>
      role === 'bind'
        ? new PlainServer(metadata)
        : new PlainClient(metadata, options.username ?? '', options.password ?? ''),
    CURVE: () => {
      throw new Error('not yet')
    }
  }
  return mechanisms[mechanismOf(options)]()
}
