/** Whether somebody may still turn up at once: a provider has not looked around, or a first connection is under way. */
import type { Changes } from './changes.ts'
import type { Providers } from './providers.ts'
import type { Roster } from './roster.ts'

/** How long the first call to all waits for connections, ms. */
const firstContact = 2000

export class Prospects {
  readonly #providers: Providers
  readonly #roster: Roster
  readonly #changes: Changes

  constructor(providers: Providers, roster: Roster, changes: Changes) {
    this.#providers = providers
    this.#roster = roster
    this.#changes = changes
  }

  /** Of that name. */
  of(name: string): boolean {
    if (!this.#providers.ready) return true
    return this.#roster.undecided(({ services }) => services?.some((one) => one.name === name) !== false)
  }

  /** Who subscribes. */
  get subscribers(): boolean {
    if (!this.#providers.ready) return true
    return this.#roster.undecided(({ services, subscribes }) => services === undefined || subscribes === true)
  }

  /** Resolves when it is known who is there of that name, or at the deadline. */
  settled(name: string, deadline = performance.now() + firstContact, signal?: AbortSignal): Promise<boolean> {
    return this.#changes.until(() => !this.of(name), deadline, signal)
  }

  /** Resolves when it is known who subscribes, or after a while. */
  async subscribersSettled(): Promise<void> {
    await this.#changes.until(() => !this.subscribers, performance.now() + firstContact)
  }
}
