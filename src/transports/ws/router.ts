/** The listeners behind one HTTP server, found by the path of the request. */
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { SpError } from '../../core/errors.ts'
import type { Route } from './route.ts'

export class Router {
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
    if (this.#routes.get(route.path) === route) this.#routes.delete(route.path)
    route.close()
  }

  get empty(): boolean {
    return this.#routes.size === 0
  }

  /** Who is told of connections that never said what they want. */
  get first(): Route | undefined {
    return this.#routes.values().next().value
  }

  /** The listener of a request's path, or the one that takes every path. */
  find({ url = '/' }: IncomingMessage): Route | undefined {
    const path = url.replace(/[?#].*$/, '')
    return this.#routes.get(path) ?? this.#routes.get('')
  }

  /** Whether a listener took the request. */
  upgrade(request: IncomingMessage, stream: Socket, head: Buffer): boolean {
    const route = this.find(request)
    if (route === undefined) return false
    void route.upgrade(request, stream, head)
    return true
  }
}
