/**
 * All addresses of a name in one attempt: they are tried in turn, each next one when one failed or after a moment, and
 * the earlier ones go on. The first that finishes its handshake wins; the others are hung up.
 */
import dns from 'node:dns'
import { isIP } from 'node:net'
import { type Connection, Refusal } from '../../core/transport.ts'
import type { TcpAddress } from './address.ts'

/** After this the next address is tried too, ms. RFC 8305 §5. */
const stagger = 250

/** The addresses of a host, the families in turn; those of the family of the own address where one is given. */
export function addressesOf({ host, local }: TcpAddress, signal: AbortSignal): Promise<string[]> {
  if (isIP(host) !== 0) return Promise.resolve([host])
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    dns.lookup(host, { all: true, family: local === undefined ? 0 : isIP(local) }, (error, found) => {
      signal.removeEventListener('abort', onAbort)
      if (error !== null) reject(error)
      else resolve(interleave(found))
    })
  })
}

function interleave(found: readonly dns.LookupAddress[]): string[] {
  const families = [found.filter(isFirst), found.filter((entry) => !isFirst(entry))] as const
  function isFirst({ family }: dns.LookupAddress): boolean {
    return family === found[0]?.family
  }
  return found.flatMap((_, i) => families.flatMap((family) => family[i]?.address ?? []))
}

type Attempt = (address: string, signal: AbortSignal) => Promise<Connection>

/** Rejects with what the attempts have in common: a refusal if there was one, else the error of the first. */
export function firstOf(addresses: readonly string[], signal: AbortSignal, attempt: Attempt): Promise<Connection> {
  const [only] = addresses
  if (only !== undefined && addresses.length === 1) return attempt(only, signal)
  return new Promise((resolve, reject) => {
    const waiting = addresses.values()
    const running = new Set<AbortController>()
    const errors: unknown[] = []
    let timer: NodeJS.Timeout | undefined
    let over = false
    const leave = (reason?: unknown): void => {
      over = true
      clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
      for (const controller of running) controller.abort(reason)
    }
    const onAbort = (): void => {
      leave(signal.reason)
      reject(signal.reason)
    }
    const next = (): void => {
      clearTimeout(timer)
      const { value: address } = waiting.next()
      if (address !== undefined) begin(address)
      else if (running.size === 0) {
        leave()
        reject(errors.find((error) => error instanceof Refusal) ?? errors[0])
      }
    }
    const begin = (address: string): void => {
      const controller = new AbortController()
      running.add(controller)
      timer = setTimeout(next, stagger)
      attempt(address, controller.signal).then(
        (connection) => {
          running.delete(controller)
          if (over) return void connection.close(0)
          leave()
          resolve(connection)
        },
        (error: unknown) => {
          running.delete(controller)
          errors.push(error)
          if (!over) next()
        }
      )
    }
    signal.addEventListener('abort', onAbort, { once: true })
    next()
  })
}
