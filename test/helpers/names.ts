/** Name resolution as a test wants it: what `node:net` asks of `dns.lookup` is answered here, until mocks are restored. */
import dns, { type LookupAddress, type LookupOptions } from 'node:dns'
import { isIP } from 'node:net'
import { vi } from 'vitest'

type Done = (...result: unknown[]) => void

/**
 * Answers look-ups with addresses or an error; `attempt` counts from 1. Returns the names that were asked for.
 * Literals stay themselves and are not counted. Call `vi.restoreAllMocks()` after the test.
 */
export function resolveNames(answer: (attempt: number) => readonly string[] | Error): string[] {
  const asked: string[] = []
  const lookup = (host: string, given: LookupOptions | Done, last?: Done): void => {
    const [options, done] = typeof given === 'function' ? [{}, given] : [given, last as Done]
    const result = isIP(host) === 0 ? answer(asked.push(host)) : [host]
    if (result instanceof Error) {
      process.nextTick(done, result)
      return
    }
    const addresses: LookupAddress[] = result
      .map((address) => ({ address, family: isIP(address) }))
      .filter(({ family }) => !options.family || options.family === family)
    const [first] = addresses
    if (first === undefined) process.nextTick(done, Object.assign(new Error(`none: ${host}`), { code: 'ENOTFOUND' }))
    else if (options.all) process.nextTick(done, null, addresses)
    else process.nextTick(done, null, first.address, first.family)
  }
  vi.spyOn(dns, 'lookup').mockImplementation(lookup as typeof dns.lookup)
  return asked
}
