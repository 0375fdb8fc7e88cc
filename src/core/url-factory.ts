/**
 * An address that is a function: asked anew at every attempt to connect, so that signed or discovered URLs stay fresh.
 * To its dialer it looks like a transport that finds out which transport it is when it dials.
 */
import { SpError } from './errors.ts'
import { type ParsedUrl, parseUrl } from './transport.ts'

/** Returns the URL to connect to, or a promise of it. */
export type UrlFactory = () => string | Promise<string>

/** `resolved` is told of every URL before it is dialed. */
export function parseFactory(factory: UrlFactory, resolved: (url: string) => void): ParsedUrl {
  return {
    scheme: '',
    address: '',
    transport: {
      schemes: [],
      check: () => {},
      listen: () => Promise.reject(new SpError('ENOTSUP', { message: 'bind takes a URL, not a function' })),
      dial: async (request) => {
        const url = await factory()
        request.signal.throwIfAborted()
        const { transport, scheme, address } = parseUrl(url)
        transport.check(address, 'connect', request.options)
        resolved(url)
        return transport.dial({ ...request, url, scheme, address })
      }
    }
  }
}
