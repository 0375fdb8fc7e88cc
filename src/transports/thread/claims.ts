/**
 * Names, where nothing in the platform can keep them: a thread that wants one asks the others, and has it when none
 * objects. Threads that are known to have names are waited for, a second at most; that there are none that are not
 * known is clear a moment after the first question. One that was too busy objects late, and has the name then.
 */
import { startTimer } from '../../core/waiting.ts'

/** How long others have to make themselves known, ms. */
const introduction = 50
/** How long a thread that is known may take to answer, ms. */
const patience = 1000

export interface Claim {
  readonly kind: 'claim' | 'taken' | 'free'
  readonly name: string
  /** Of the claim; of two at a time the lower one wins. */
  readonly ticket: string
  readonly member: string
  readonly thread: number
}

type ClaimState = 'asking' | 'held'

interface Held {
  readonly ticket: string
  state: ClaimState
  /** Members whose answer is awaited. */
  readonly awaited: Set<string>
  decide(won: boolean): void
}

/** What claims need of the place they are made in. */
export interface Forum {
  readonly member: string
  readonly thread: number
  tell(claim: Claim): void
  /** Whether the thread exists. */
  lives(thread: number): Promise<boolean>
  lost(name: string): void
}

export class Claims {
  readonly #forum: Forum
  readonly #names: Map<string, Held> = new Map()
  /** Other members that have or had names, and their threads. */
  readonly #known: Map<string, number> = new Map()
  #introduced: Promise<void> | undefined

  constructor(forum: Forum) {
    this.#forum = forum
  }

  /** Whether this thread has the name now; nobody in it has it yet. */
  async claim(name: string): Promise<boolean> {
    this.#introduced ??= new Promise((resolve) => setTimeout(resolve, introduction))
    const ticket = crypto.randomUUID()
    let decide!: (won: boolean) => void
    const decided = new Promise<boolean>((resolve) => {
      decide = resolve
    })
    const held: Held = { ticket, state: 'asking', awaited: new Set(this.#known.keys()), decide }
    this.#names.set(name, held)
    this.#say('claim', name, ticket)
    void this.#introduced.then(() => this.#look(held))
    for (const [member, thread] of this.#known) void this.#check(held, member, thread)
    const timer = startTimer(() => this.#giveUp(held), patience)
    const won = await decided
    clearTimeout(timer)
    if (won) held.state = 'held'
    else this.#names.delete(name)
    return won
  }

  release(name: string): void {
    this.#names.delete(name)
  }

  heard({ kind, name, ticket, member, thread }: Claim): void {
    this.#known.set(member, thread)
    const held = this.#names.get(name)
    if (kind === 'claim') {
      const wins = held === undefined || (held.state === 'asking' && ticket < held.ticket)
      this.#say(wins ? 'free' : 'taken', name, ticket)
      if (wins) held?.decide(false)
      return
    }
    if (held?.ticket !== ticket) return
    if (kind === 'free') {
      held.awaited.delete(member)
      this.#look(held)
    } else if (held.state === 'asking') {
      held.decide(false)
    } else {
      this.#forum.lost(name)
    }
  }

  #say(kind: Claim['kind'], name: string, ticket: string): void {
    const { member, thread } = this.#forum
    this.#forum.tell({ kind, name, ticket, member, thread })
  }

  /** Everybody has answered, and had the time to make itself known. */
  async #look(held: Held): Promise<void> {
    await this.#introduced
    if (held.awaited.size === 0) held.decide(true)
  }

  /** Who does not live does not answer. */
  async #check(held: Held, member: string, thread: number): Promise<void> {
    if (await this.#forum.lives(thread)) return
    this.#known.delete(member)
    held.awaited.delete(member)
    await this.#look(held)
  }

  #giveUp(held: Held): void {
    for (const member of held.awaited) this.#known.delete(member)
    held.decide(true)
  }
}
