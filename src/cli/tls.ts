/** The TLS options of nanocat and of its subcommands: one table, and what it becomes for `node:tls`. */
import { readPem } from './files.ts'
import { type Grouped, setters } from './parsing/setting.ts'

export interface TlsSettings {
  cacert: Buffer | undefined
  cert: Buffer | undefined
  key: Buffer | undefined
  insecure: boolean
}

export function tlsDefaults(): TlsSettings {
  return { cacert: undefined, cert: undefined, key: undefined, insecure: false }
}

const { sets, switches } = setters<TlsSettings>()

export const tlsOptions: readonly Grouped<TlsSettings>[] = [
  sets('cacert', readPem, {
    long: 'cacert',
    argument: 'FILE',
    about: 'Trust the certificate authorities in FILE (PEM)'
  }),
  sets('cert', readPem, {
    long: 'cert',
    short: 'E',
    argument: 'FILE',
    about: 'Own certificate (PEM), which may hold the key as well'
  }),
  sets('key', readPem, { long: 'key', argument: 'FILE', about: 'Private key of the certificate (PEM)' }),
  switches('insecure', { long: 'insecure', short: 'k', about: 'Do not verify the certificate of the peer' })
]

/** undefined when none of the options was given. */
export function tlsOf({ cacert, cert, key, insecure }: TlsSettings): object | undefined {
  const own = cert && { cert, key: key ?? cert }
  const tls = { ...(cacert && { ca: cacert }), ...own, ...(insecure && { rejectUnauthorized: false }) }
  return Object.keys(tls).length > 0 ? tls : undefined
}
