/** Options that set one thing: the name of the setting, how its argument is read, and what the help says. */
import type { Option } from './option.ts'

/** An option before it is put into a group, and what it says without what it does. */
export type Grouped<S> = Omit<Option<S>, 'group'>
type Described<S> = Omit<Grouped<S>, 'apply'>

interface Setters<S> {
  /** The option that sets `key` to what `read` makes of its argument. */
  sets<K extends keyof S>(key: K, read: (text: string) => S[K], option: Described<S>): Grouped<S>
  /** The option that switches `key` on. */
  switches(key: KeysOf<S, boolean>, option: Described<S>): Grouped<S>
  /** The option, given any number of times, that adds to the list `key`. */
  adds(key: KeysOf<S, string[]>, option: Described<S>): Grouped<S>
}

type KeysOf<S, Value> = { [K in keyof S]: S[K] extends Value ? (Value extends S[K] ? K : never) : never }[keyof S]

export function setters<S>(): Setters<S> {
  return {
    sets: (key, read, option) => ({
      ...option,
      apply: (settings, text) => {
        settings[key] = read(text)
      }
    }),
    switches: (key, option) => ({
      ...option,
      apply: (settings) => {
        settings[key] = true as S[typeof key]
      }
    }),
    adds: (key, option) => ({
      ...option,
      apply: (settings, text) => void (settings[key] as string[]).push(text)
    })
  }
}

/** Puts options under a heading of the help. */
export function group<S>(heading: string, options: readonly Grouped<S>[]): Option<S>[] {
  return options.map((option) => ({ ...option, group: heading }))
}

/** The text as it stands. */
export const asText = (text: string): string => text
