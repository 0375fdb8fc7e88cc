/**
 * Certificates for tests, made by `openssl` in a directory of the test file. One authority signs what `issue` returns;
 * `authority()` makes another one that nobody trusts.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { findTool, requirePeer } from '../interop/peers/tools.ts'
import { tempPath } from './temp.ts'

/** A certificate with its key, in PEM. */
interface Certificate {
  readonly cert: string
  readonly key: string
}

export interface Authority {
  /** Its own certificate, for `tls: { ca }`. */
  readonly ca: string
  /** A certificate for a name, with alternative names such as `DNS:localhost,IP:127.0.0.1`. */
  issue(name: string, alternatives?: string): Certificate
}

/** Why there are no certificates; for `describe.skipIf`. Throws where they are obligatory. */
export const openssl = requirePeer('openssl', findTool('openssl'))

export function authority(name = 'Test authority'): Authority {
  const own = request(name)
  const { cert: ca } = sign(own, ['-signkey', own.keyFile], 'basicConstraints=critical,CA:true')
  const caFile = pemFile(ca)
  return {
    ca,
    issue: (subject, alternatives) => {
      const extensions = `basicConstraints=CA:false${alternatives === undefined ? '' : `\nsubjectAltName=${alternatives}`}`
      return sign(request(subject), ['-CA', caFile, '-CAkey', own.keyFile, '-CAcreateserial'], extensions)
    }
  }
}

interface SigningRequest {
  readonly keyFile: string
  readonly requestFile: string
}

function request(name: string): SigningRequest {
  const keyFile = tempPath('.key')
  const requestFile = tempPath('.csr')
  run('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', keyFile)
  run('req', '-new', '-key', keyFile, '-subj', `/O=hubless/CN=${name}`, '-out', requestFile)
  return { keyFile, requestFile }
}

function sign({ keyFile, requestFile }: SigningRequest, signer: string[], extensions: string): Certificate {
  const certFile = tempPath('.crt')
  const extFile = pemFile(extensions)
  run('x509', '-req', '-in', requestFile, ...signer, '-days', '2', '-extfile', extFile, '-out', certFile)
  return { cert: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8') }
}

/** The path of a file with this text, for programs that take their certificates from files. */
export function pemFile(text: string): string {
  const file = tempPath('.pem')
  writeFileSync(file, text)
  return file
}

function run(...args: string[]): void {
  execFileSync(openssl.path, args, { stdio: ['ignore', 'pipe', 'pipe'] })
}

let local: { readonly bind: { tls: Certificate }; readonly connect: { tls: { ca: string } } } | undefined

/** Options with which a listener and a dialer on this machine trust each other; made once for each test file. */
export function localTls(): NonNullable<typeof local> {
  if (local === undefined) {
    const { ca, issue } = authority()
    local = { bind: { tls: issue('localhost', 'DNS:localhost,IP:127.0.0.1,IP:::1') }, connect: { tls: { ca } } }
  }
  return local
}
