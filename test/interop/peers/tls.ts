/**
 * TLS with nngcat: what it and hubless need to trust each other, and whether that can be tried. nanomsg has no TLS, and
 * nng has it where it was built with it.
 */
import { spawnSync } from 'node:child_process'
import type { EndpointOptions } from 'hubless'
import { beforeEach } from 'vitest'
import { authority, openssl, pemFile } from '../../helpers/certificates.ts'
import type { Meeting, Tool } from './matrix.ts'
import { findTool, requirePeer } from './tools.ts'

/** Alternative names of a certificate for both: mbed TLS, which nng uses, looks for an address among the DNS names. */
export const localNames = 'DNS:127.0.0.1,IP:127.0.0.1'

const nngcat = requirePeer('nngcat with TLS', findSecureNngcat(), 'an nng-utils that was built with TLS')

/** Skips the tests of this `describe` with a reason where nngcat is missing or has no TLS, or openssl is missing. */
export function requireTls(): void {
  const missing = nngcat.skip ?? openssl.skip
  beforeEach(({ skip }) => skip(missing !== undefined, missing))
}

/** A build without TLS does not know the scheme; any other fails to connect, since nobody listens on port 0. */
function findSecureNngcat(): string | undefined {
  const path = findTool('nngcat')
  if (path === undefined) return undefined
  const { stderr } = spawnSync(path, ['--pull', '--dial', 'tls+tcp://127.0.0.1:0'], { encoding: 'utf8', timeout: 5000 })
  return stderr.includes('Not supported') ? undefined : path
}

interface Trust {
  /** For the endpoint of hubless. */
  readonly options: EndpointOptions
  /** For the command line of nngcat. */
  readonly args: readonly string[]
}

let local: Readonly<Record<Meeting['hubless'], Trust>> | undefined

/** What lets the two of a meeting trust each other, made once for each test file; nothing where there is no TLS. */
export function trust({ transport, hubless }: Meeting<Tool>): Trust {
  if (transport !== 'tls+tcp' && transport !== 'wss') return { options: {}, args: [] }
  if (local === undefined) {
    const { ca, issue } = authority()
    const { cert, key } = issue('hub', localNames)
    local = {
      binds: { options: { tls: { cert, key } }, args: ['--cacert', pemFile(ca)] },
      connects: { options: { tls: { ca } }, args: ['--cert', pemFile(cert + key)] }
    }
  }
  return local[hubless]
}
