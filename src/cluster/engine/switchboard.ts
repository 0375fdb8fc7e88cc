/**
 * Which end of a link a pipe belongs to: what was dialed carries the calls of this instance, what was accepted those of
 * others.
 */
import type { Incoming, Pipe } from 'hubless'
import { Caller, type CallerOwner } from './caller.ts'
import type { LinkHandler } from './link-socket.ts'
import type { MemberLink } from './member-link.ts'

export class Switchboard implements LinkHandler {
  readonly #owner: CallerOwner
  readonly #link: (pipe: Pipe) => MemberLink | undefined
  readonly #callers: Map<Pipe, Caller> = new Map()

  /** `link`: that of a pipe that was dialed. */
  constructor(owner: CallerOwner, link: (pipe: Pipe) => MemberLink | undefined) {
    this.#owner = owner
    this.#link = link
  }

  /** Those that are connected. */
  get callers(): readonly Caller[] {
    return [...this.#callers.values()]
  }

  attach(pipe: Pipe): void {
    if (pipe.endpoint.kind === 'listener') this.#callers.set(pipe, new Caller(pipe, this.#owner))
    else this.#link(pipe)?.attach(pipe)
  }

  detach(pipe: Pipe): void {
    const end = this.#end(pipe)
    this.#callers.delete(pipe)
    end?.detach()
  }

  writable(pipe: Pipe): void {
    this.#end(pipe)?.writable()
  }

  receive(pipe: Pipe, message: Incoming): void {
    this.#end(pipe)?.receive(message)
  }

  #end(pipe: Pipe): Caller | MemberLink | undefined {
    return this.#callers.get(pipe) ?? this.#link(pipe)
  }
}
