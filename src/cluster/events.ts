/**
 * The events of a cluster, typed. Listeners run at once and in order; one that throws, or returns a promise that
 * rejects, is reported as a warning of the process and disturbs nobody else. There is no `error` event.
 */
import { callable, check, type Rule } from '../rules.ts'
import type { MemberInfo } from './engine/engine.ts'
import type { ClusterDropReason } from './reasons.ts'

/** Events of a cluster, and what their listeners get. */
export interface ClusterEvents {
  /** A member can be called by a name. */
  join: (event: { readonly member: MemberInfo; readonly engine: string }) => void
  /** It cannot any more: it `left`, or its connection is `lost`. */
  leave: (event: { readonly member: MemberInfo; readonly engine: string; readonly reason: string }) => void
  /** A call found nobody of that name; it waits, or fails at once with `failFast`. */
  'no-member': (event: { readonly name: string; readonly verb: string }) => void
  /** Something was lost or refused. */
  drop: (event: {
    readonly reason: ClusterDropReason
    /** Id of who sent it, where it is known. */
    readonly from?: string | undefined
    readonly size?: number | undefined
    readonly cause?: unknown
  }) => void
  /** Something that an operator should know, such as a listener without a key, or multicast that does not work. */
  warning: (event: { readonly message: string; readonly cause?: unknown }) => void
  /** The cluster is closed; the last event. */
  close: (event: Record<string, never>) => void
}

/** Names of events. */
export type ClusterEventName = keyof ClusterEvents

/** Typed by the events there are, so that none can be forgotten. */
const events: Readonly<Record<ClusterEventName, true>> = {
  join: true,
  leave: true,
  'no-member': true,
  drop: true,
  warning: true,
  close: true
}
const eventRule: Rule = {
  allowed: Object.keys(events).join(', '),
  // `error` never comes; who knows Node listens to it out of habit.
  accepts: (v) => v === 'error' || Object.hasOwn(events, v as PropertyKey)
}

export class ClusterEmitter {
  /** Lists are replaced, never changed: an event under way goes on with the one it has. */
  readonly #listeners: Map<ClusterEventName, readonly ((event: never) => unknown)[]> = new Map()

  on<E extends ClusterEventName>(event: E, listener: ClusterEvents[E]): void {
    check('the event', eventRule, event)
    check(`the listener of ${event}`, callable, listener)
    this.#listeners.set(event, [...(this.#listeners.get(event) ?? []), listener])
  }

  off<E extends ClusterEventName>(event: E, listener: ClusterEvents[E]): void {
    const rest = (this.#listeners.get(event) ?? []).filter((other) => other !== listener)
    this.#listeners.set(event, rest)
  }

  emit<E extends ClusterEventName>(event: E, payload: Parameters<ClusterEvents[E]>[0]): void {
    const listeners = this.#listeners.get(event)
    if (listeners === undefined) return
    for (const listener of listeners) {
      try {
        const result = listener(payload as never)
        if (result instanceof Promise) result.catch(warn)
      } catch (error) {
        warn(error)
      }
    }
  }
}

function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : String(error))
}
