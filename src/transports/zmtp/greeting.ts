/**
 * The greeting: 64 bytes that both sides send at once. ZMTP 3.1, "Version Negotiation".
 *
 *   FF | 8 of padding | 7F | major, minor | mechanism, 20 bytes padded with 00 | as-server | 31 x 00
 *
 * Peers of ZMTP 1.0 and 2.0 are told from it and refused: libzmq cuts such connections after half a minute itself.
 */
export type MechanismName = 'NULL' | 'PLAIN' | 'CURVE'

export const greetingLength = 64

/** What the greeting of a peer says, or why it is none. `sp`: it speaks the scalability protocols. */
export type PeerGreeting =
  | { readonly minor: number; readonly version: string; readonly mechanism: string }
  | { readonly fault: string; readonly speaks: 'sp' | 'older' | 'other' }

export function encodeGreeting(mechanism: MechanismName, server: boolean): Buffer {
  const bytes = Buffer.alloc(greetingLength)
  bytes[0] = 0xff
  bytes[8] = 0x01
  bytes[9] = 0x7f
  bytes[10] = 3
  bytes[11] = 1
  bytes.write(mechanism, 12, 'latin1')
  bytes[32] = server && mechanism !== 'NULL' ? 1 : 0
  return bytes
}

/** `undefined` while bytes are missing and those that are there are right. */
export function decodeGreeting(bytes: Buffer): PeerGreeting | undefined {
  if (bytes.length === 0) return undefined
  if (bytes[0] !== 0xff) return notZmtp(bytes)
  if (bytes.length < 10) return undefined
  if (((bytes[9] as number) & 1) === 0) return older('1.0')
  if (bytes.length < 11) return undefined
  const major = bytes[10] as number
  if (major < 3) return older(major === 0 ? '1.0' : '2.0')
  if (bytes.length < greetingLength) return undefined
  const [mechanism] = bytes.toString('latin1', 12, 32).split('\0') as [string]
  if (!/^[A-Z0-9_.+-]+$/.test(mechanism) || bytes.subarray(12 + mechanism.length, 32).some((byte) => byte !== 0)) {
    return { fault: 'the greeting of the peer names no security mechanism', speaks: 'other' }
  }
  // Whoever knows more than we do behaves as we do.
  const minor = major > 3 ? 1 : Math.min(bytes[11] as number, 1)
  return { minor, version: `3.${minor}`, mechanism }
}

function older(version: string): PeerGreeting {
  return {
    fault: `the peer speaks ZMTP ${version}; 3.0 (ZeroMQ 4.0) is the oldest that is understood`,
    speaks: 'older'
  }
}

function notZmtp(bytes: Buffer): PeerGreeting | undefined {
  if (bytes[0] === 0 && (bytes.length === 1 || bytes[1] === 0x53)) {
    if (bytes.length < 3) return undefined
    if (bytes[2] === 0x50) {
      return { fault: 'the peer speaks the scalability protocols; use this address without zmtp+', speaks: 'sp' }
    }
  }
  const start = bytes.toString('hex', 0, 8).replace(/..(?=.)/g, '$& ')
  return { fault: `${start} is no ZMTP greeting, or one of version 1.0`, speaks: 'other' }
}
