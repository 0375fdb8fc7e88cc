/** Says what went wrong in a TLS handshake, and for the usual mistakes what to do. */

export function explain(error: Error): string {
  const code = (error as NodeJS.ErrnoException).code ?? ''
  // OpenSSL's own message is a line of its source code.
  const said = `the TLS handshake failed: ${(error as { reason?: string }).reason ?? error.message}`
  return code in advice ? `${said}; ${advice[code]}` : said
}

const untrusted = 'give the authority that signed it as tls: { ca }'
const noTls = 'the peer does not speak TLS here'
const advice: Record<string, string> = {
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  DEPTH_ZERO_SELF_SIGNED_CERT: untrusted,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
  ERR_TLS_CERT_ALTNAME_INVALID: 'connect by a name in the certificate or give tls: { servername }',
  ERR_SSL_WRONG_VERSION_NUMBER: noTls,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: noTls
}
