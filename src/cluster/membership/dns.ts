/**
 * `dns(name)`: members are what a name resolves to, as with a headless service of Kubernetes. A name that begins with `_`
 * has SRV records, which say the ports; any other has A and AAAA records and needs a port.
 */
import { promises } from 'node:dns'
import { check, checkNames, invalid, isObject, type Rule, range } from '../../rules.ts'
import { lookingUp } from './fixed.ts'
import type { MembershipFactory } from './membership.ts'

/** The part of `node:dns/promises` that is needed. */
export interface DnsResolver {
  /** Names and ports by SRV records; as in `node:dns/promises`. */
  resolveSrv(name: string): Promise<readonly { readonly name: string; readonly port: number }[]>
  /** IPv4 addresses; as in `node:dns/promises`. */
  resolve4(name: string): Promise<readonly string[]>
  /** IPv6 addresses; as in `node:dns/promises`. */
  resolve6(name: string): Promise<readonly string[]>
}

/** How names are looked up. */
export interface DnsOptions {
  /** Where members listen; needed with A and AAAA records, not allowed with SRV. */
  readonly port?: number | undefined
  /** How often the name is resolved again, ms; it is at once when a connection breaks. Default 5000. */
  readonly interval?: number | undefined
  /** In place of `node:dns`. */
  readonly resolver?: DnsResolver | undefined
}

const nameRule: Rule = {
  allowed: 'a DNS name such as resize.default.svc.cluster.local or _cluster._tcp.example.com',
  accepts: (v) => typeof v === 'string' && v.length <= 253 && /^[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*\.?$/.test(v)
}
const resolverRule: Rule = {
  allowed: 'an object with resolveSrv, resolve4 and resolve6',
  accepts: (v) => isObject(v) && ['resolveSrv', 'resolve4', 'resolve6'].every((key) => typeof v[key] === 'function')
}

const noRecord = new Set(['ENODATA', 'ENOTFOUND'])

/**
 * Members are the addresses of a DNS name. While DNS fails those that are known stay. Throws `EINVAL`.
 *
 * @example
 * new Cluster({ members: dns('resize.default.svc.cluster.local', { port: 7000 }), bind: 'tcp://*:7000' })
 */
export function dns(name: string, options: DnsOptions = {}): MembershipFactory {
  check('the name of dns()', nameRule, name)
  checkNames('dns()', ['port', 'interval', 'resolver'], options)
  const { port, interval = 5000, resolver = promises as DnsResolver } = options
  check('option interval', range(10, 2 ** 31 - 1), interval)
  if (options.resolver !== undefined) check('option resolver', resolverRule, resolver)
  const srv = name.startsWith('_')
  if (port !== undefined) check('option port', range(1, 65535), port)
  if (srv && port !== undefined) throw invalid('option port is not allowed with SRV records, which say the port')
  if (!srv && port === undefined) throw invalid('option port is missing; A and AAAA records do not say it')
  return {
    name: 'dns',
    reach: 'tcp',
    open: (host) =>
      lookingUp(host, interval, () => (srv ? services(resolver, name) : addresses(resolver, name, port ?? 0)))
  }
}

async function services(resolver: DnsResolver, name: string): Promise<string[]> {
  const records = await resolver.resolveSrv(name)
  return records.map((record) => `tcp://${record.name.replace(/\.$/, '')}:${record.port}`)
}

/** Both families; one that has no records is no failure. */
async function addresses(resolver: DnsResolver, name: string, port: number): Promise<string[]> {
  const [four, six] = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)])
  const failed = [four, six].filter((result) => result.status === 'rejected').map(({ reason }) => reason as unknown)
  const real = failed.find((reason) => !noRecord.has((reason as { code?: string } | undefined)?.code ?? ''))
  if (real !== undefined && failed.length === 2) throw real
  if (failed.length === 2) throw failed[0]
  const v4 = four.status === 'fulfilled' ? four.value : []
  const v6 = six.status === 'fulfilled' ? six.value : []
  return [...v4.map((address) => `tcp://${address}:${port}`), ...v6.map((address) => `tcp://[${address}]:${port}`)]
}
