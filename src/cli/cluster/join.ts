/** Makes the instance that looks at a cluster or calls it, from the options. */
import { Cluster, dns, fixed, hub, local, type MembershipFactory } from '../../cluster/index.ts'
import { SpError } from '../../index.ts'
import { Failure } from '../failure.ts'
import type { Io } from '../io.ts'
import { brief, tell } from '../terminal.ts'
import { readKeys } from './key.ts'
import type { MembershipSettings } from './membership-options.ts'

/** How long members behind NATS may take to say who they are, ms. */
const firstAnswers = 300

/** Throws a `Failure` for options that make no cluster. */
export async function join(settings: MembershipSettings, program: string, io: Io): Promise<Cluster> {
  const { network, zone, host, bind, nats } = settings
  const key = readKeys(settings, program, io)
  const engine = nats.length === 0 ? undefined : (await import('../../nats.ts')).nats
  try {
    const cluster = new Cluster({
      ...(network !== undefined && { network }),
      ...(zone !== undefined && { zone }),
      ...(host !== undefined && { host }),
      ...(bind.length > 0 && { bind }),
      ...(engine !== undefined && { engine: engine({ servers: nats }) }),
      key,
      members: providers(settings)
    })
    cluster.on('warning', ({ message, cause }) => {
      const why = cause instanceof Error ? `: ${cause.message}` : ''
      tell(io.stderr, `${program}: ${brief(`${message}${why}`)}\n`)
    })
    return cluster
  } catch (error) {
    throw failure(error, program)
  }
}

/** Resolves when everyone that can be known is. */
export async function lookAround(cluster: Cluster, timeout: number, signal: AbortSignal | undefined): Promise<void> {
  // Who is not there within that time is not shown.
  await cluster.ready({ timeout, signal }).catch((error: unknown) => {
    if (!(error instanceof SpError) || error.code !== 'ETIMEDOUT') throw error
  })
  await cluster.memberStats({ deadline: Math.min(timeout, firstAnswers) })
}

/** What goes wrong with a call, in words, with exit code 3; mistakes in options with 1. */
export function failure(error: unknown, program: string): unknown {
  if (!(error instanceof SpError)) return error
  return new Failure(error.code === 'EINVAL' ? 1 : 3, `${program}: ${brief(error.message)}`)
}

function providers({ hubs, fixed: urls, dns: names }: MembershipSettings): MembershipFactory[] {
  const found: MembershipFactory[] = []
  if (hubs.length > 0) found.push(hub(hubs))
  if (urls.length > 0) found.push(fixed(urls))
  for (const name of names) {
    const [, host = name, port] = /^(.*):(\d{1,5})$/.exec(name) ?? []
    found.push(dns(host, port === undefined ? {} : { port: Number(port) }))
  }
  return found.length === 0 ? [local()] : found
}
