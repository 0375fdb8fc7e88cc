/** `hub(urls)`: members meet at hubs with known addresses; each is told, and one that can be reached is enough. */
import { check, type Rule } from '../../rules.ts'
import { isUrl } from '../rules.ts'
import { Guest } from './guest.ts'
import type { MembershipFactory } from './membership.ts'

const urlsRule: Rule = {
  allowed: 'a URL such as tcp://hub.example.com:7000, or a list of 1 to 16 of them',
  accepts: (v) => Array.isArray(v) && v.length >= 1 && v.length <= 16 && v.every(isUrl)
}

/**
 * Members meet at stateless hubs: `nanocat hub --bind URL`, or `new Hub()`. Give several for availability: they need not
 * know of each other. Throws `EINVAL`.
 *
 * @example
 * new Cluster({ members: hub(['tcp://hub-a:7000', 'tcp://hub-b:7000']) })
 */
export function hub(urls: string | readonly string[]): MembershipFactory {
  const list = typeof urls === 'string' ? [urls] : urls
  check('the URLs of hub()', urlsRule, list)
  return {
    name: 'hub',
    reach: 'tcp',
    open(host) {
      let away = 0
      let told = false
      const guests = list.map((url, index) => {
        let missed = false
        return new Guest(
          host,
          `${index} `,
          {
            url: host.secure(url),
            endpoint: host.endpointOptions,
            reconnectInterval: 100,
            reconnectIntervalMax: 1000,
            certain: false
          },
          {
            connected: () => {
              if (missed) away--
              missed = false
              told = false
            },
            missed: (cause) => {
              if (!missed) away++
              missed = true
              if (away < list.length) return
              // Nobody can be seen: calls that fail fast shall not wait for it.
              host.ready()
              if (!told) host.warn(`no hub can be reached at ${list.join(', ')}`, cause)
              told = true
            }
          }
        )
      })
      return {
        announce: async (self) => {
          await Promise.all(guests.map((guest) => guest.announce(self)))
        },
        stats: () => ({ connected: guests.filter(({ connected }) => connected).length, hubs: guests.length }),
        close: async () => {
          await Promise.all(guests.map((guest) => guest.close()))
        }
      }
    }
  }
}
