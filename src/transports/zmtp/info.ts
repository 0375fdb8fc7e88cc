/** What the handshake with a ZeroMQ peer told about it. */
export interface ZmtpInfo {
  /** In force between both: `3.0` or `3.1`. */
  readonly version: string
  /** Mechanism of security that was agreed on. */
  readonly mechanism: 'NULL' | 'PLAIN' | 'CURVE'
  /** Such as `DEALER`. */
  readonly socketType: string
  /** How it wants to be named; never empty. Whoever it is can claim any. */
  readonly identity?: Uint8Array
  /** PLAIN, on the listening side. */
  readonly username?: string
  /** PLAIN: the password that the peer gave. */
  readonly password?: string
  /** CURVE: its long-term key, in Z85; proven. */
  readonly publicKey?: string
}
