/**
 * Who answers to one name, and who of them is asked: of two at random the one with fewer calls outstanding, in the own
 * zone as long as anyone there can be asked. Calls that find nobody wait here, in order.
 */
import type { Target } from './target.ts'
import { type InLine, WaitingLine } from './waiting-line.ts'

export class Pool {
  readonly name: string
  /** Somebody here called the name: its members are connected to. */
  called = false
  readonly #zone: string
  readonly #near: Target[] = []
  readonly #far: Target[] = []
  readonly #line = new WaitingLine()

  constructor(name: string, zone: string) {
    this.name = name
    this.#zone = zone
  }

  get targets(): readonly Target[] {
    return this.#far.length === 0 ? this.#near : [...this.#near, ...this.#far]
  }

  get size(): number {
    return this.#near.length + this.#far.length
  }

  get waiting(): number {
    return this.#line.length
  }

  /** Whether somebody gives signs of life. */
  get alive(): boolean {
    return this.#near.some(isAlive) || this.#far.some(isAlive)
  }

  add(target: Target): void {
    const list = this.#list(target)
    if (!list.includes(target)) list.push(target)
  }

  remove(target: Target): void {
    for (const list of [this.#near, this.#far]) {
      const at = list.indexOf(target)
      if (at < 0) continue
      list[at] = list[list.length - 1] as Target
      list.pop()
    }
  }

  /** Whom to ask; `undefined` when nobody can be asked now. */
  pick(except: ReadonlySet<Target> | undefined): Target | undefined {
    return choose(this.#near, except) ?? choose(this.#far, except)
  }

  /** Whether anybody is left that was not asked, with room or without. */
  has(except: ReadonlySet<Target>): boolean {
    const left = (target: Target): boolean => target.alive && !except.has(target)
    return this.#near.some(left) || this.#far.some(left)
  }

  wait(call: InLine): void {
    this.#line.push(call)
  }

  /** It waits no more. */
  leave(call: InLine): void {
    this.#line.remove(call)
  }

  /** Somebody may have room: those who wait try again, in order, while there is some. Who need not wait leaves. */
  changed(): void {
    while (this.#line.first?.retry() === true && this.#usable);
  }

  /** Somebody may have come, or nobody be left to wait for: everyone tries. */
  reconsider(): void {
    for (const call of this.#line.all()) call.retry()
  }

  close(makeError: () => Error): void {
    for (const call of this.#line.all()) call.abandon(makeError())
  }

  /** Whether somebody has room, which costs less than what a call looks at that finds none. */
  get #usable(): boolean {
    return this.#near.some(isUsable) || this.#far.some(isUsable)
  }

  #list(target: Target): Target[] {
    return target.zone === this.#zone ? this.#near : this.#far
  }
}

const isAlive = (target: Target): boolean => target.alive
const isUsable = (target: Target): boolean => target.usable

function choose(list: readonly Target[], except: ReadonlySet<Target> | undefined): Target | undefined {
  const { length } = list
  if (length === 0) return undefined
  const first = Math.floor(Math.random() * length)
  if (length > 1) {
    const a = list[first] as Target
    const b = list[(first + 1 + Math.floor(Math.random() * (length - 1))) % length] as Target
    const better = b.outstanding < a.outstanding ? b : a
    if (can(better, except)) return better
  }
  // Rarely: somebody is full, silent or was asked already.
  let best: Target | undefined
  for (let i = 0; i < length; i++) {
    const target = list[(first + i) % length] as Target
    if (can(target, except) && (best === undefined || target.outstanding < best.outstanding)) best = target
  }
  return best
}

function can(target: Target, except: ReadonlySet<Target> | undefined): boolean {
  return target.usable && except?.has(target) !== true
}
