/** The mechanism of one connection, as the options ask for it. */
import type { Role } from '../../../core/transport.ts'
import { CurveClient } from '../curve/client.ts'
import { CurveServer } from '../curve/server.ts'
import type { MechanismName } from '../greeting.ts'
import { encodeMetadata } from '../metadata.ts'
import { keyBytes, mechanismOf, type ZmtpOptions } from '../options.ts'
import type { SocketType } from '../socket-types.ts'
import type { Mechanism } from './mechanism.ts'
import { NullMechanism } from './null.ts'
import { PlainClient, PlainServer } from './plain.ts'

export function chooseMechanism(options: ZmtpOptions, role: Role, own: SocketType): Mechanism {
  const metadata = encodeMetadata({
    'Socket-Type': own.name,
    ...(own.identity && { Identity: options.identity ?? '' })
  })
  const mechanisms: Readonly<Record<MechanismName, () => Mechanism>> = {
    NULL: () => new NullMechanism(metadata, role),
    PLAIN: () =>
      role === 'bind'
        ? new PlainServer(metadata)
        : new PlainClient(metadata, options.username ?? '', options.password ?? ''),
    CURVE: () => {
      const secretKey = keyBytes(options.curve?.secretKey) as Uint8Array
      return role === 'bind'
        ? new CurveServer(metadata, secretKey)
        : new CurveClient(metadata, secretKey, keyBytes(options.curve?.serverKey) as Uint8Array)
    }
  }
  return mechanisms[mechanismOf(options)]()
}
