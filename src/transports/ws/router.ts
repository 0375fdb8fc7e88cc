/** The listeners behind one HTTP server, found by the path of the request. */
import { SpError } from '../../core/errors.ts'
import { Handshakes } from '../stream/handshakes.ts'
import type { UpgradeRequest } from './head.ts'
import type { Route } from './route.ts'

export class Router {
  /** Of all listeners: connections whose path is not known yet, and upgrades that are not decided. */
  readonly handshakes: Handshakes = new Handshakes()
  readonly #routes: Map<string, Route> = new Map()

  /** Throws `EADDRINUSE` for a path that has a listener. */
  add(route: Route): void {
    if (this.#routes.has(route.path)) {
      const { url } = route.request
      throw new SpError('EADDRINUSE', {
        message: `${url}: another listener of this server has that path; close it or choose another path`,
        endpoint: url
      })
    }
    this.#routes.set(route.path, route)
  }

  remove(route: Route): void {
    this.#routes.delete(route.path)
    route.closed = true
  }

  get empty(): boolean {
    return this.#routes.size === 0
  }

  /** Who is told of connections that never said what they want. */
  get first(): Route | undefined {
    return this.#routes.values().next().value
  }

  /** The listener of a request's path, or the one that takes every path. */
  find({ url = '/' }: Pick<UpgradeRequest, 'url'>): Route | undefined {
    const path = url.replace(/[?#].*$/, '')
    return this.#routes.get(path) ?? this.#routes.get('')
  }
}
