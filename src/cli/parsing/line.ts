/** A command line while it is read: what has been given so far, and how it was written. */
import type { Command, Option, Trait } from './option.ts'

/** How an option was last written, to quote it in messages. */
export interface Usage {
  readonly form: 'long' | 'short' | 'program'
  readonly text: string
}

export interface Line<S> {
  readonly program: string
  readonly command: Command<S>
  readonly usages: Map<Option<S>, Usage>
  readonly traits: Set<Trait>
}
