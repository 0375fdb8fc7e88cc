/** `fixed(urls)`: members at addresses that are known, or that a function looks up. */
import { check, checkNames, invalid, type Rule, range } from '../../rules.ts'
import { isUrl } from '../rules.ts'
import type { MembershipFactory, MembershipHost } from './membership.ts'

/** How addresses that are known beforehand are followed. */
export interface FixedOptions {
  /** How often a function is asked again, ms. Default 5000. */
  readonly interval?: number | undefined
}

type Urls = readonly string[]

const maxUrls = 4096

const urlsRule: Rule = {
  allowed: `URLs such as tcp://10.0.0.7:7000 (at most ${maxUrls}), or a function that returns them`,
  accepts: (v) => typeof v === 'function' || (Array.isArray(v) && v.length <= maxUrls && v.every(isUrl))
}

/**
 * Members listen at these URLs: give those who serve a `bind` of their own. A function is asked again every `interval`
 * ms, and at once when a connection breaks; if it throws, what it said before stays. Throws `EINVAL`.
 *
 * @example
 * new Cluster({ members: fixed(['tcp://10.0.0.7:7000', 'tcp://10.0.0.8:7000']) })
 */
export function fixed(urls: Urls | (() => Urls | Promise<Urls>), options: FixedOptions = {}): MembershipFactory {
  check('the URLs of fixed()', urlsRule, urls)
  checkNames('fixed()', ['interval'], options)
  const { interval = 5000 } = options
  check('option interval', range(10, 2 ** 31 - 1), interval)
  return {
    name: 'fixed',
    reach: 'tcp',
    open(host) {
      if (typeof urls === 'function') return lookingUp(host, interval, async () => checked(await urls()))
      host.replace(urls.map((url) => ({ urls: [url] })))
      host.ready()
      return { announce: async () => {}, close: async () => {} }
    }
  }
}

function checked(urls: unknown): Urls {
  if (Array.isArray(urls) && urls.length <= maxUrls && urls.every(isUrl)) return urls
  throw invalid(`the function of fixed() must return ${urlsRule.allowed}`)
}

/**
 * Places from a function that is asked again and again; what it said last stays while it fails. Also what `dns` is made
 * of.
 */
export function lookingUp(
  host: MembershipHost,
  interval: number,
  lookUp: () => Promise<Urls>
): ReturnType<MembershipFactory['open']> {
  let timer: ReturnType<typeof setTimeout> | undefined
  let asking = false
  let closed = false
  let failures = 0
  let known = 0
  let last = 0
  const ask = async (): Promise<void> => {
    if (asking || closed) return
    asking = true
    clearTimeout(timer)
    last = performance.now()
    try {
      const urls = await lookUp()
      if (closed) return
      failures = 0
      known = urls.length
      host.replace(urls.map((url) => ({ urls: [url] })))
    } catch (error) {
      if (failures++ === 0) host.warn('looking up the members failed; those that are known stay', error)
    } finally {
      asking = false
    }
    host.ready()
    if (!closed) timer = setTimeout(() => void ask(), interval).unref()
  }
  void ask()
  return {
    announce: async () => {},
    refresh: () => {
      // Connections may break by the hundred; names are not asked for more often for that.
      const since = performance.now() - last
      if (since >= interval / 10) void ask()
    },
    stats: () => ({ known, failures }),
    close: async () => {
      closed = true
      clearTimeout(timer)
    }
  }
}
