/** What a TLS connection tells about its peer, as plain data. */
import type { TLSSocket } from 'node:tls'
import type { TlsCertificate, TlsInfo } from '../../core/peer.ts'

export function describeTls(stream: TLSSocket): TlsInfo {
  const certificate = describeCertificate(stream)
  return {
    protocol: stream.getProtocol() ?? '',
    cipher: stream.getCipher()?.standardName ?? '',
    authorized: stream.authorized,
    ...(certificate && { certificate })
  }
}

function describeCertificate(stream: TLSSocket): TlsCertificate | undefined {
  const peer = stream.getPeerCertificate()
  // Without a certificate it is an empty object.
  if (peer?.fingerprint256 === undefined) return undefined
  return {
    subject: { ...peer.subject },
    issuer: { ...peer.issuer },
    ...(peer.subjectaltname !== undefined && { subjectAltName: peer.subjectaltname }),
    serialNumber: peer.serialNumber,
    fingerprint256: peer.fingerprint256,
    validFrom: peer.valid_from,
    validTo: peer.valid_to
  }
}
