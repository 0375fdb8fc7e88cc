/**
 * Calls over several engines: the first that has a member is asked; the next only if nobody is there. What was handed to
 * a member is never handed to another engine as well. What goes to all goes over every engine, once to each member.
 */
import { type Body, SpError } from 'hubless'
import type { Engine, MemberInfo, OutgoingCall, TunnelCarrier } from './engine.ts'

/** How often an engine that does not tell of its members is asked again, ms. */
const again = 250
/** Who is asked has at least so long to say that it is there, ms. */
const moment = 125

const nobody: ReadonlySet<string> = new Set()

export function requestOver(engines: readonly Engine[], name: string, body: Body, call: OutgoingCall): Promise<Body> {
  const [first] = engines
  if (engines.length === 1 && first !== undefined) return first.request(name, body, call)
  return over(engines, name, call, (engine, attempt) => engine.request(name, body, attempt))
}

export function tunnelOver(engines: readonly Engine[], name: string, call: OutgoingCall): Promise<TunnelCarrier> {
  const [first] = engines
  if (engines.length === 1 && first !== undefined) return first.tunnel(name, call)
  return over(engines, name, call, (engine, attempt) => engine.tunnel(name, attempt))
}

/** Resolves with how many members it was handed to. */
export async function toAllOver(
  engines: readonly Engine[],
  hand: (engine: Engine, except: ReadonlySet<string>) => Promise<readonly string[]>
): Promise<number> {
  const [first] = engines
  if (engines.length === 1 && first !== undefined) return (await hand(first, nobody)).length
  const reached = new Set<string>()
  for (const engine of engines) for (const id of await hand(engine, reached)) reached.add(id)
  return reached.size
}

/** Each member once for each of its names, as the first engine that knows it says. */
export function membersOver(engines: readonly Engine[]): readonly MemberInfo[] {
  const known = new Map<string, MemberInfo>()
  for (const member of engines.flatMap((engine) => engine.members())) {
    const key = `${member.name} ${member.id}`
    if (!known.has(key)) known.set(key, member)
  }
  return [...known.values()]
}

async function over<R>(
  engines: readonly Engine[],
  name: string,
  call: OutgoingCall,
  ask: (engine: Engine, attempt: OutgoingCall) => Promise<R>
): Promise<R> {
  const attempt = { ...call, failFast: true }
  for (;;) {
    let unreachable: unknown
    for (const engine of engines) {
      if (!engine.has(name)) continue
      try {
        return await ask(engine, attempt)
      } catch (error) {
        if (!(error instanceof SpError) || error.code !== 'EHOSTUNREACH') throw error
        unreachable = error
      }
    }
    const left = call.deadline - performance.now()
    // What is asked in the last moment cannot be answered any more, and would look like a member that does not answer.
    const last = left <= again + moment
    if (!call.failFast) await pause(Math.max(0, last ? left : again), call.signal)
    if (call.failFast || last)
      throw unreachable ?? new SpError('EHOSTUNREACH', { message: `no member of ${name} seen` })
  }
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      clearTimeout(timer)
      reject(signal?.reason)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort)
      resolve()
    }, ms)
    signal?.addEventListener('abort', onAbort, { once: true })
  })
}
